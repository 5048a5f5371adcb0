import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Name } from '@/components/ui/Name';
import { Ticks } from '@/components/ui/Ticks';
import { colourOf } from '@/lib/identity';
import { clockTime } from '@/lib/time';
import { messageDiscarded, messageRetried, OF_VERSION_1 } from '@/model/outbox';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { selectTellingHandle } from '@/store/selectors';
import { MessageText } from './MessageText';
import type { Bubble } from './timeline';

interface Props {
  bubble: Bubble;
  /** Who wrote it, for screen readers. */
  sender: string;
  /** In groups the name stands over the first bubble of a run. */
  named: boolean;
  /** Its addresses are drawn as links. */
  links: boolean;
}

export const MessageBubble = memo(function MessageBubble({ bubble, sender, named, links }: Props) {
  const own = bubble.status !== 'received';
  const time = clockTime(bubble.createdAt);
  const handle = useAppSelector((state) => selectTellingHandle(state, bubble.senderId));
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
          <p className={`bubble-sender person-${colourOf(bubble.senderId)}`}>
            <Name name={sender} handle={handle} />
          </p>
        ) : (
          <span className="visually-hidden">{sender}: </span>
        )}
        {/* The direction is that of the text, so its last line and the time end on the same side. */}
        <div className="bubble-body" dir="auto">
          <span className="bubble-text">
            <MessageText text={bubble.text} plain={!links} />
          </span>
          <span className="bubble-meta">
            <bdi>
              <time dateTime={bubble.createdAt}>{time}</time>
            </bdi>
            <Ticks status={bubble.status} />
          </span>
        </div>
      </div>
      {bubble.status === 'failed' && <FailedActions bubble={bubble} />}
    </div>
  );
});

function FailedActions({ bubble }: { bubble: Bubble }) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  return (
    <div className="bubble-failed">
      <span>{bubble.reason === OF_VERSION_1 ? t('device.ofVersion1') : bubble.reason}</span>
      <button type="button" onClick={() => dispatch(messageRetried(bubble.clientMsgId))}>
        {t('common.tryAgain')}
      </button>
      <button type="button" onClick={() => dispatch(messageDiscarded(bubble.clientMsgId))}>
        {t('common.delete')}
      </button>
    </div>
  );
}
