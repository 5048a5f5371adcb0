import { useMemo } from 'react';
import { Avatar } from '@/components/ui/Avatar';
import { Icon } from '@/components/ui/Icon';
import { Name } from '@/components/ui/Name';
import { matches } from '@/lib/fold';
import type { Chat } from '@/model/chats/types';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { faceOf, selectChatOrder, selectPeerHandle, selectPeople } from '@/store/selectors';

type Face = ReturnType<typeof faceOf>;

/** The chats that something can be sent to, in the order of the list; `search` is a part of a name. */
export function useChatChoices(search: string): { chat: Chat; face: Face }[] {
  const selfId = useAppSelector(selectSelfId);
  const people = useAppSelector(selectPeople);
  const order = useAppSelector(selectChatOrder);
  const chats = useAppSelector((state) => state.chats.entities);
  return useMemo(() => {
    const wanted = search.trim();
    return order
      .flatMap((id) => chats[id] ?? [])
      .filter((chat) => !chat.blocked && !chat.awaitsOther)
      .map((chat) => ({ chat, face: faceOf(chat, people, selfId) }))
      .filter(({ face }) => wanted === '' || matches(face.name, wanted));
  }, [order, chats, people, selfId, search]);
}

interface Props {
  chat: Chat;
  face: Face;
  /** Left out where the first choice is the last. */
  chosen?: boolean;
  disabled?: boolean;
  onChoose: () => void;
}

export function ChatChoice({ chat, face, chosen, disabled = false, onChoose }: Props) {
  const handle = useAppSelector((state) => selectPeerHandle(state, chat.id));
  return (
    <button
      type="button"
      className="person-row"
      data-testid="chat-choice"
      data-chat-id={chat.id}
      aria-pressed={chosen}
      disabled={disabled}
      onClick={onChoose}
    >
      <Avatar {...face} size="header" />
      <span className="person-names">
        <span className="person-name">
          <Name name={face.name} handle={handle} />
        </span>
      </span>
      {chosen && (
        <span className="person-picked">
          <Icon name="check" size={18} />
        </span>
      )}
    </button>
  );
}
