import type { User } from '@/api/types';
import { isolated, nameOf } from '@/lib/names';
import type { Chat } from '@/model/chats/types';
import { peerOf } from '@/store/selectors';

interface Sources {
  chat: Chat;
  people: Record<string, User>;
  selfId: string;
  typing: string[];
  online: string[] | null | undefined;
}

/** The line below a chat's name; `live` if it tells of something going on right now. */
export function subtitleOf({ chat, people, selfId, typing, online }: Sources): {
  text: string;
  live: boolean;
} {
  const names = (ids: string[]) =>
    ids.map((id) => (id === selfId ? 'You' : isolated(nameOf(people[id])))).join(', ');
  if (chat.kind === 'direct') {
    const peer = peerOf(chat, people, selfId);
    if (typing.length > 0) return { text: 'typing…', live: true };
    if (peer && online?.includes(peer.id)) return { text: 'online', live: true };
    return { text: peer ? `@${peer.handle}` : '', live: false };
  }
  if (chat.state === 'requested') return { text: 'Request', live: false };
  if (typing.length > 0) {
    return { text: `${names(typing)} ${typing.length === 1 ? 'is' : 'are'} typing…`, live: true };
  }
  const others = chat.memberIds.filter((id) => id !== selfId);
  const present = online?.filter((id) => id !== selfId).length ?? 0;
  const complete = chat.memberIds.length >= chat.memberCount;
  const members = complete ? names([...others, selfId]) : `${chat.memberCount} members`;
  return { text: present > 0 ? `${present} online · ${members}` : members, live: false };
}
