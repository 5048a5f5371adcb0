import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Name } from '@/components/ui/Name';
import { Ticks } from '@/components/ui/Ticks';
import { Avatar } from '@/components/ui/Avatar';
import { currentLanguage } from '@/i18n/i18n';
import { directionOf } from '@/i18n/languages';
import { textDirection } from '@/lib/direction';
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
  const direction = directionOf(currentLanguage());
  const against = (textDirection(bubble.text) ?? direction) !== direction;
  const classes = [
    'bubble',
    own ? 'bubble-own' : 'bubble-other',
    bubble.first && 'bubble-first',
    bubble.last && 'bubble-last',
  ];
  const faced = named && !own;
  const line = ['bubble-line', own && 'bubble-line-own', faced && 'bubble-line-faced'];
  return (
    <div className={line.filter(Boolean).join(' ')}>
      {faced && bubble.last && (
        <span className="bubble-face">
          <Avatar id={bubble.senderId} name={sender} size="run" colour={bubble.colour} />
        </span>
      )}
      <div
        className={classes.filter(Boolean).join(' ')}
        data-testid="message"
        data-seq={bubble.seq ?? undefined}
        data-client-msg-id={bubble.clientMsgId}
        data-status={bubble.status}
      >
        {named && bubble.first && !own ? (
          <p className={`bubble-sender person-${bubble.colour}`}>
            <Name name={sender} handle={handle} />
          </p>
        ) : (
          <span className="visually-hidden">{sender}: </span>
        )}
        <div className="bubble-body">
          <span className={against ? 'bubble-text bubble-text-against' : 'bubble-text'} dir="auto">
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
