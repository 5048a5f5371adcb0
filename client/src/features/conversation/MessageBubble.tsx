import { memo } from 'react';
import { Ticks } from '@/components/ui/Ticks';
import { colourOf } from '@/lib/identity';
import { clockTime } from '@/lib/time';
import { messageDiscarded, messageRetried } from '@/model/outbox';
import { useAppDispatch } from '@/store/hooks';
import { MessageText } from './MessageText';
import type { Bubble } from './timeline';

interface Props {
  bubble: Bubble;
  /** Who wrote it, for screen readers. */
  sender: string;
  /** In groups the name stands over the first bubble of a run. */
  named: boolean;
}

export const MessageBubble = memo(function MessageBubble({ bubble, sender, named }: Props) {
  const own = bubble.status !== 'received';
  const time = clockTime(bubble.createdAt);
  const classes = ['bubble', own ? 'bubble-own' : 'bubble-other', bubble.first && 'bubble-first'];
  return (
    <div className={own ? 'bubble-line bubble-line-own' : 'bubble-line'}>
      <div
        className={classes.filter(Boolean).join(' ')}
        data-testid="message"
        data-seq={bubble.seq ?? undefined}
        data-client-msg-id={bubble.clientMsgId}
        data-status={bubble.status}
      >
        {named && bubble.first && !own ? (
          <p className={`bubble-sender person-${colourOf(bubble.senderId)}`}>{sender}</p>
        ) : (
          <span className="visually-hidden">{sender}: </span>
        )}
        <p className="bubble-text" dir="auto">
          <MessageText text={bubble.text} />
          <span className="bubble-room" data-time={time} aria-hidden="true" />
        </p>
        <span className="bubble-meta">
          <time dateTime={bubble.createdAt}>{time}</time>
          <Ticks status={bubble.status} />
        </span>
      </div>
      {bubble.status === 'failed' && <FailedActions bubble={bubble} />}
    </div>
  );
});

function FailedActions({ bubble }: { bubble: Bubble }) {
  const dispatch = useAppDispatch();
  return (
    <div className="bubble-failed">
      <span>{bubble.reason}</span>
      <button type="button" onClick={() => dispatch(messageRetried(bubble.clientMsgId))}>
        Try again
      </button>
      <button type="button" onClick={() => dispatch(messageDiscarded(bubble.clientMsgId))}>
        Delete
      </button>
    </div>
  );
}
