import { Alert } from '@/components/ui/Alert';
import { Avatar } from '@/components/ui/Avatar';
import { isolated, nameOf } from '@/lib/names';
import type { Chat } from '@/model/chats/types';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { faceOf, selectPeople } from '@/store/selectors';
import { useRequest } from './useRequest';

/** A group that the user left and is asked back to: it shows nothing else before they accept. */
export function GroupRequest({ chat }: { chat: Chat }) {
  const selfId = useAppSelector(selectSelfId);
  const people = useAppSelector(selectPeople);
  const { accept, decline, busy, error } = useRequest(chat.id);
  const face = faceOf(chat, people, selfId);
  const asker = chat.memberIds.find((id) => id !== selfId);

  return (
    <section className="group-request" aria-label="Request" data-testid="group-request">
      <Avatar {...face} size="large" />
      <h2>
        <bdi>{face.name}</bdi>
      </h2>
      <p>
        {asker === undefined
          ? 'You are asked to come back to this group.'
          : `${isolated(nameOf(people[asker]))} wants to add you back to this group.`}
      </p>
      <p>You left it before. You will see what is written after you accept.</p>
      <Alert error={error} />
      <div className="contact-bar-actions">
        <button
          type="button"
          className="button button-quiet"
          disabled={busy}
          onClick={() => void decline()}
        >
          Decline
        </button>
        <button type="button" className="button button-primary" disabled={busy} onClick={accept}>
          Accept
        </button>
      </div>
    </section>
  );
}
