import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSetBlockMutation } from '@/api/contacts';
import type { User } from '@/api/types';
import { BlockDialog, DeleteChatDialog } from '@/components/ContactDialogs';
import { Alert } from '@/components/ui/Alert';
import { isolated, nameOf } from '@/lib/names';
import type { Chat } from '@/model/chats/types';
import { useRequest } from './useRequest';

interface Props {
  chat: Chat;
  peer: User;
}

/** In the composer's place while a stranger waits for an answer. */
export function RequestBar({ chat, peer }: Props) {
  const { t } = useTranslation();
  const { accept, decline, busy: answering, error } = useRequest(chat.id);
  const [setBlock, blocking] = useSetBlockMutation();
  const [asking, setAsking] = useState<'block' | 'delete' | null>(null);
  const busy = answering || blocking.isLoading;
  const name = isolated(nameOf(peer));

  const deleteChat = async () => {
    setAsking(null);
    await decline();
  };
  const block = async () => {
    const answer = await setBlock({ userId: peer.id, blocked: true });
    if (!answer.error) await deleteChat();
  };

  return (
    <section
      className="contact-bar"
      aria-label={t('conversation.request')}
      data-testid="request-bar"
    >
      <p className="contact-bar-title">
        {t('conversation.wantsToWrite', { name, handle: peer.handle })}
      </p>
      <p className="contact-bar-text">{t('conversation.untilAccepted')}</p>
      <Alert error={error ?? blocking.error} />
      <div className="contact-bar-actions">
        <button
          type="button"
          className="button button-danger"
          disabled={busy}
          onClick={() => setAsking('block')}
        >
          {t('conversation.block')}
        </button>
        <button
          type="button"
          className="button button-quiet"
          disabled={busy}
          onClick={() => setAsking('delete')}
        >
          {t('common.delete')}
        </button>
        <button type="button" className="button button-primary" disabled={busy} onClick={accept}>
          {t('conversation.accept')}
        </button>
      </div>
      {asking === 'block' && (
        <BlockDialog
          name={name}
          request
          onClose={() => setAsking(null)}
          onConfirm={() => void block()}
        />
      )}
      {asking === 'delete' && (
        <DeleteChatDialog onClose={() => setAsking(null)} onConfirm={() => void deleteChat()} />
      )}
    </section>
  );
}

/** In the composer's place while the user blocks the other person. */
export function BlockedBar({ peer }: Pick<Props, 'peer'>) {
  const { t } = useTranslation();
  const [setBlock, { error, isLoading }] = useSetBlockMutation();
  return (
    <section
      className="contact-bar"
      aria-label={t('conversation.blocked')}
      data-testid="blocked-bar"
    >
      <p className="contact-bar-text">
        {t('conversation.youBlocked', { name: isolated(nameOf(peer)) })}
      </p>
      <Alert error={error} />
      <div className="contact-bar-actions">
        <button
          type="button"
          className="button button-quiet"
          disabled={isLoading}
          onClick={() => void setBlock({ userId: peer.id, blocked: false })}
        >
          {t('conversation.unblock')}
        </button>
      </div>
    </section>
  );
}

/** Above the composer, or in its place, while the other person has not accepted the user's request. */
export function OwnRequestBar({ peer, left }: Pick<Props, 'peer'> & { left: number }) {
  const { t } = useTranslation();
  const name = isolated(nameOf(peer));
  return (
    <section
      className="contact-bar"
      aria-label={t('conversation.ownRequest')}
      data-testid="own-request-bar"
    >
      <p className="contact-bar-title">{t('conversation.isRequest')}</p>
      <p className="contact-bar-text">
        {left > 0
          ? t('conversation.room', { count: left, name })
          : t('conversation.roomNone', { name })}
      </p>
    </section>
  );
}
