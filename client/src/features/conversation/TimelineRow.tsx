import { dayLabel } from '@/lib/time';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { selectPeople } from '@/store/selectors';
import { MessageBubble } from './MessageBubble';
import { noticeText } from './noticeText';
import type { TimelineItem } from './timeline';

/** One line of the timeline, whatever it is. */
export function TimelineRow({ item, group }: { item: TimelineItem; group: boolean }) {
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  switch (item.type) {
    case 'day':
      return (
        <p className="timeline-chip">
          <time dateTime={item.at}>{dayLabel(item.at)}</time>
        </p>
      );
    case 'unread':
      return (
        <p className="timeline-unread" data-testid="unread-divider">
          <span>{item.count === 1 ? '1 unread message' : `${item.count} unread messages`}</span>
        </p>
      );
    case 'notice':
      return <p className="timeline-chip">{noticeText(item.notice, people, selfId)}</p>;
    case 'message': {
      const sender =
        item.senderId === selfId ? 'You' : (people[item.senderId]?.display_name ?? 'Someone');
      return <MessageBubble bubble={item} sender={sender} named={group} />;
    }
  }
}
