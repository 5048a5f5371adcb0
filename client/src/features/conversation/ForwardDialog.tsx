import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ChatChoice, useChatChoices } from '@/components/ChatChoice';
import { navigate } from '@/components/navigation';
import { SearchField } from '@/components/ui/SearchField';
import { useModal } from '@/components/useModal';
import { messageQueued } from '@/model/outbox';
import { selectSelfId } from '@/model/session';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import type { Bubble } from './timeline';

/** A message does not spread through everybody's chats by one choice. */
const CHATS_MAX = 5;

interface Props {
  /** In the order of the chat. */
  bubbles: Pick<Bubble, 'id' | 'text' | 'mentions' | 'forwarded' | 'attachment'>[];
  /** Tells where they went, if they went to several chats. */
  onSent: (text: string) => void;
  onClose: () => void;
}

/** Chooses the chats that messages are forwarded to. */
export function ForwardDialog({ bubbles, onSent, onClose }: Props) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const dialog = useModal();
  const titleId = useId();
  const selfId = useAppSelector(selectSelfId);
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const found = useChatChoices(search);
  const full = chosen.size >= CHATS_MAX;

  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };

  const send = () => {
    for (const conversationId of chosen) {
      for (const { id, text, forwarded, attachment } of bubbles) {
        if (id === null) continue;
        const forward = { messageId: id, hops: forwarded + 1, attachment: attachment?.file };
        dispatch(messageQueued(selfId, conversationId, text, { forward }));
      }
    }
    onClose();
    const [only] = chosen;
    if (chosen.size === 1) navigate(`/chats/${only}`);
    else onSent(t('forward.sent', { count: chosen.size }));
  };

  return (
    <dialog
      ref={dialog}
      className="dialog sheet choice-dialog"
      aria-labelledby={titleId}
      onClose={onClose}
    >
      <h2 id={titleId} className="sheet-title">
        {t('forward.to')}
      </h2>
      <SearchField label={t('chats.search')} value={search} onChange={setSearch} focused />
      <ul className="choice-list" aria-label={t('common.chats')}>
        {found.map(({ chat, face }) => (
          <li key={chat.id}>
            <ChatChoice
              chat={chat}
              face={face}
              chosen={chosen.has(chat.id)}
              disabled={full && !chosen.has(chat.id)}
              onChoose={() => toggle(chat.id)}
            />
          </li>
        ))}
      </ul>
      {found.length === 0 && (
        <p className="reaction-note" role="status">
          {t('chats.noneFound')}
        </p>
      )}
      <p className="choice-count" role="status">
        {t('forward.chosen', { count: chosen.size, max: CHATS_MAX })}
      </p>
      <div className="dialog-actions">
        <button type="button" className="button button-quiet" onClick={onClose}>
          {t('common.cancel')}
        </button>
        <button
          type="button"
          className="button button-primary"
          disabled={chosen.size === 0}
          onClick={send}
        >
          {t('forward.forward')}
        </button>
      </div>
    </dialog>
  );
}
