import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { User } from '@/api/types';
import { dayLabel } from '@/lib/time';
import { isolated, nameOf } from '@/lib/names';
import { isOwnChat } from '@/model/chats/direct';
import type { Chat } from '@/model/chats/types';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { peerOf, selectPeople } from '@/store/selectors';
import { drawsLinks } from './contact';
import { MessageBubble } from './MessageBubble';
import { noticeText } from './noticeText';
import type { TimelineItem } from './timeline';

/** One line of the timeline, whatever it is. */
export function TimelineRow({ item, chat }: { item: TimelineItem; chat: Chat }) {
  const { t } = useTranslation();
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  switch (item.type) {
    case 'beginning':
      return <p className="timeline-beginning">{beginning(chat, people, selfId, t)}</p>;
    case 'day':
      return (
        <p className="timeline-chip">
          <time dateTime={item.at}>{dayLabel(item.at)}</time>
        </p>
      );
    case 'unread':
      return (
        <p className="timeline-unread" data-testid="unread-divider">
          <span>{t('conversation.unread', { count: item.count })}</span>
        </p>
      );
    case 'notice':
      return <p className="timeline-chip">{noticeText(item.notice, people, selfId)}</p>;
    case 'message': {
      const sender = item.senderId === selfId ? t('common.you') : nameOf(people[item.senderId]);
      return (
        <MessageBubble
          bubble={item}
          sender={sender}
          named={chat.kind === 'group'}
          links={drawsLinks(chat)}
          answerable={chat.state === 'active' && !chat.blocked}
        />
      );
    }
  }
}

/** The first line of a chat; it says whom it is with, because a name alone can be anybody's. */
function beginning(chat: Chat, people: Record<string, User>, selfId: string, t: TFunction): string {
  if (isOwnChat(chat)) return t('conversation.ownBegins');
  const peer = peerOf(chat, people, selfId);
  if (!peer) return t('conversation.groupBegins');
  return t('conversation.chatBegins', { name: isolated(nameOf(peer)), handle: peer.handle });
}
