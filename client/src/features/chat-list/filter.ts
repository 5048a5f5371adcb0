import type { User } from '@/api/types';
import type { Chat } from '@/model/chats/types';
import type { ChatFilter } from '@/model/views';
import { matches } from '@/lib/fold';
import { peerOf, titleOf } from '@/store/selectors';

export const FILTERS: readonly ChatFilter[] = ['all', 'unread', 'groups'];

interface Selection {
  order: string[];
  chats: Record<string, Chat>;
  people: Record<string, User>;
  selfId: string;
  filter: ChatFilter;
  search: string;
  /** Stays in the Unread list while it is open, although opening it reads it. */
  activeId: string | undefined;
}

/** The ids of the chats that pass the filter and whose name or handle has all words of the search. */
export function matchingChats(selection: Selection): string[] {
  const { order, chats, people, selfId, filter, activeId } = selection;
  const search = selection.search.trim().replace(/^@/, '');
  if (filter === 'all' && search === '') return order;
  return order.filter((id) => {
    const chat = chats[id];
    if (!chat) return false;
    if (filter === 'unread' && chat.unreadCount === 0 && id !== activeId) return false;
    if (filter === 'groups' && chat.kind !== 'group') return false;
    const names = `${titleOf(chat, people, selfId)} ${peerOf(chat, people, selfId)?.handle ?? ''}`;
    return matches(names, search);
  });
}
