import { useState } from 'react';
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
    <section className="contact-bar" aria-label="Request" data-testid="request-bar">
      <p className="contact-bar-title">
        {name} (<bdi>@{peer.handle}</bdi>) wants to write to you
      </p>
      <p className="contact-bar-text">
        Until you accept, they see neither that you are online nor what you have read.
      </p>
      <Alert error={error ?? blocking.error} />
      <div className="contact-bar-actions">
        <button
          type="button"
          className="button button-danger"
          disabled={busy}
          onClick={() => setAsking('block')}
        >
          Block
        </button>
        <button
          type="button"
          className="button button-quiet"
          disabled={busy}
          onClick={() => setAsking('delete')}
        >
          Delete
        </button>
        <button type="button" className="button button-primary" disabled={busy} onClick={accept}>
          Accept
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
  const [setBlock, { error, isLoading }] = useSetBlockMutation();
  return (
    <section className="contact-bar" aria-label="Blocked" data-testid="blocked-bar">
      <p className="contact-bar-text">You have blocked {isolated(nameOf(peer))}.</p>
      <Alert error={error} />
      <div className="contact-bar-actions">
        <button
          type="button"
          className="button button-quiet"
          disabled={isLoading}
          onClick={() => void setBlock({ userId: peer.id, blocked: false })}
        >
          Unblock
        </button>
      </div>
    </section>
  );
}

/** Above the composer, or in its place, while the other person has not accepted the user's request. */
export function OwnRequestBar({ peer, left }: Pick<Props, 'peer'> & { left: number }) {
  const name = isolated(nameOf(peer));
  return (
    <section className="contact-bar" aria-label="Your request" data-testid="own-request-bar">
      <p className="contact-bar-title">This is a request</p>
      <p className="contact-bar-text">
        {left > 0
          ? `You can send ${messages(left)} until ${name} accepts. Links show as plain text.`
          : `You have sent three messages. You can write on once ${name} accepts.`}
      </p>
    </section>
  );
}

function messages(count: number): string {
  return count === 1 ? 'one more message' : `${count} messages`;
}
