import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearch } from 'wouter/use-browser-location';
import { ChatChoice, useChatChoices } from '@/components/ChatChoice';
import { navigate } from '@/components/navigation';
import { PaneHeader } from '@/components/PaneHeader';
import { SearchField } from '@/components/ui/SearchField';
import { sharedText } from '@/lib/shared';
import { draftEdited, type Draft } from '@/model/drafts';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import './share.css';

/** What was begun in the chat stays before what is shared. */
function withShared(draft: Draft | undefined, conversationId: string, text: string): Draft {
  const begun = draft?.text.trimEnd() ?? '';
  const whole = [begun, text].filter((part) => part !== '').join('\n');
  return { ...draft, conversationId, text: whole, editedAt: Date.now() };
}

/** Chooses the chat for what another app shares. It is written there, and not sent yet. */
export function Share() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const text = sharedText(useSearch());
  const drafts = useAppSelector((state) => state.drafts);
  const [search, setSearch] = useState('');
  const found = useChatChoices(search);

  const choose = (conversationId: string) => {
    if (text !== '')
      dispatch(draftEdited(withShared(drafts[conversationId], conversationId, text)));
    navigate(`/chats/${conversationId}`, { replace: true, state: { shared: true } });
  };

  return (
    <>
      <PaneHeader title={t('share.to')} backTo="/" />
      <div className="pane-body share">
        {text !== '' && (
          <p className="share-text" dir="auto">
            {text}
          </p>
        )}
        <SearchField label={t('chats.search')} value={search} onChange={setSearch} focused />
        <ul aria-label={t('common.chats')}>
          {found.map(({ chat, face }) => (
            <li key={chat.id}>
              <ChatChoice chat={chat} face={face} onChoose={() => choose(chat.id)} />
            </li>
          ))}
        </ul>
        {found.length === 0 && (
          <p className="share-none" role="status">
            {t('chats.noneFound')}
          </p>
        )}
      </div>
    </>
  );
}
