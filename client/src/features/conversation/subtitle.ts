import { t } from '@/i18n/i18n';
import { listInWords } from '@/lib/locale';
import type { User } from '@/api/types';
import { isolated, nameOf } from '@/lib/names';
import { isOwnChat } from '@/model/chats/direct';
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
  const names = (ids: string[]) => listInWords(ids.map((id) => isolated(nameOf(people[id]))));
  if (isOwnChat(chat)) return { text: t('conversation.own'), live: false };
  if (chat.kind === 'direct') {
    const peer = peerOf(chat, people, selfId);
    if (typing.length > 0) return { text: t('common.typing'), live: true };
    if (peer && online?.includes(peer.id)) return { text: t('common.online'), live: true };
    return { text: peer ? `@${peer.handle}` : '', live: false };
  }
  if (chat.state === 'requested') return { text: t('conversation.request'), live: false };
  if (typing.length > 0) {
    const text = t('conversation.typing', { count: typing.length, names: names(typing) });
    return { text, live: true };
  }
  const present = online?.filter((id) => id !== selfId).length ?? 0;
  const members = t('common.memberCount', { count: chat.memberCount });
  const text =
    present > 0 ? `${t('conversation.onlineCount', { count: present })} · ${members}` : members;
  return { text, live: false };
}
