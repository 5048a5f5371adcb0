import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { navigate } from '@/components/navigation';
import { useRemoveMemberMutation } from '@/api/chats';
import { useSetBlockMutation } from '@/api/contacts';
import type { User } from '@/api/types';
import { BlockDialog, DeleteChatDialog } from '@/components/ContactDialogs';
import { Alert } from '@/components/ui/Alert';
import { isolated, nameOf } from '@/lib/names';
import { isOwnChat } from '@/model/chats/direct';
import type { Chat } from '@/model/chats/types';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { InfoAction } from './InfoAction';

/** What the user can do about the other person of a direct chat. */
export function ContactActions({ chat, peer }: { chat: Chat; peer: User }) {
  const { t } = useTranslation();
  const selfId = useAppSelector(selectSelfId);
  const [setBlock, blocking] = useSetBlockMutation();
  const [remove, removing] = useRemoveMemberMutation();
  const [asking, setAsking] = useState<'block' | 'delete' | null>(null);
  const name = isolated(nameOf(peer));
  const busy = blocking.isLoading || removing.isLoading;

  const block = (blocked: boolean) => {
    setAsking(null);
    void setBlock({ userId: peer.id, blocked });
  };
  const deleteChat = async () => {
    setAsking(null);
    const answer = await remove({ conversationId: chat.id, userId: selfId });
    // There is nothing left here to go back to.
    if (!answer.error) navigate('/', { replace: true });
  };

  return (
    <>
      <Alert error={blocking.error ?? removing.error} />
      <section className="card" aria-label={t('info.thisContact')}>
        {isOwnChat(chat) ? null : chat.blocked ? (
          <InfoAction
            icon="unblock"
            label={t('info.unblock', { name })}
            disabled={busy}
            onClick={() => block(false)}
          />
        ) : (
          <InfoAction
            icon="block"
            label={t('info.block', { name })}
            danger
            disabled={busy}
            onClick={() => setAsking('block')}
          />
        )}
        <InfoAction
          icon="trash"
          label={t('common.deleteChat')}
          danger
          disabled={busy}
          onClick={() => setAsking('delete')}
        />
      </section>
      {asking === 'block' && (
        <BlockDialog name={name} onClose={() => setAsking(null)} onConfirm={() => block(true)} />
      )}
      {asking === 'delete' && (
        <DeleteChatDialog onClose={() => setAsking(null)} onConfirm={() => void deleteChat()} />
      )}
    </>
  );
}
