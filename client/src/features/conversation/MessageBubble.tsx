import { memo, use, type KeyboardEvent, type MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { AttachmentView } from '@/components/media/AttachmentView';
import { Icon } from '@/components/ui/Icon';
import { Name } from '@/components/ui/Name';
import { Ticks } from '@/components/ui/Ticks';
import { currentLanguage } from '@/i18n/i18n';
import { directionOf } from '@/i18n/languages';
import { deletedText } from '@/lib/deletedText';
import { textDirection } from '@/lib/direction';
import { isFewEmoji } from '@/lib/emoji';
import { clockTime } from '@/lib/time';
import { operationEnded, operationRetried } from '@/model/operations';
import { FILE_LOST, messageDiscarded, messageRetried, OF_VERSION_1 } from '@/model/outbox';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { selectTellingHandle } from '@/store/selectors';
import { MessageContext } from './messageContext';
import { MessageText } from './MessageText';
import { PreviewCard } from './preview/PreviewCard';
import { QuoteBlock } from './QuoteBlock';
import { ReactionChips } from './ReactionChips';
import { SenderFace } from './SenderFace';
import type { Bubble } from './timeline';
import { useTouchGestures } from '@/components/useTouchGestures';

interface Props {
  bubble: Bubble;
  /** Who wrote it, for screen readers. */
  sender: string;
  /** In groups the name stands over the first bubble of a run. */
  named: boolean;
  /** Its addresses are drawn as links. */
  links: boolean;
  /** Messages can be written here: a finger that pulls one aside answers it. */
  answerable: boolean;
}

/** From here on a message has been forwarded many times. */
const MANY_HOPS = 5;

const MENU_BUTTON = '[data-message-menu]';

/** The arrow keys go from one message's button to the next one's. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const buttons = [...document.querySelectorAll<HTMLElement>(MENU_BUTTON)];
  const next = buttons[buttons.findIndex((button) => button === event.currentTarget) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

export const MessageBubble = memo(function MessageBubble(props: Props) {
  const { bubble, sender, named, links, answerable } = props;
  const { t } = useTranslation();
  const handlers = use(MessageContext);
  const { openMenu, reply, jump, showVersions, showReactions, showPicture, selection, toggle } =
    handlers;
  const own = bubble.status !== 'received';
  const time = clockTime(bubble.createdAt);
  const handle = useAppSelector((state) => selectTellingHandle(state, bubble.senderId));
  const { quote, attachment } = bubble;
  const words = bubble.deleted ? deletedText(own) : bubble.text;
  const direction = directionOf(currentLanguage());
  const against = (textDirection(words) ?? direction) !== direction;
  const classes = [
    'bubble',
    own ? 'bubble-own' : 'bubble-other',
    bubble.first && 'bubble-first',
    bubble.last && 'bubble-last',
    bubble.reactions.length > 0 && 'bubble-reacted',
    ...mediaClasses(bubble),
  ];
  const faced = named && !own;
  const line = ['bubble-line', own && 'bubble-line-own', faced && 'bubble-line-faced'];
  const gestures = useTouchGestures({
    onLongPress: () => openMenu(bubble, null),
    onReply: answerable && bubble.id !== null && !bubble.deleted ? () => reply(bubble) : null,
  });
  const openAt = (event: MouseEvent) => {
    // A link, or text that is marked, has a menu of the browser's own.
    const marked = window.getSelection()?.isCollapsed === false;
    if (marked || (event.target as Element).closest('a')) return;
    event.preventDefault();
    const fine = window.matchMedia('(pointer: fine)').matches;
    openMenu(bubble, fine ? { x: event.clientX, y: event.clientY } : null);
  };
  return (
    // Its button does the same by keyboard and by mouse.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- see above
    <div className={line.filter(Boolean).join(' ')} onContextMenu={openAt} {...gestures}>
      {selection && bubble.id !== null && (
        <label className="bubble-select">
          <input
            type="checkbox"
            aria-label={t('select.message', { text: words })}
            checked={selection.has(bubble.id)}
            onChange={() => toggle(bubble.id ?? '')}
          />
        </label>
      )}
      {faced && bubble.last && (
        <span className="bubble-face">
          <SenderFace id={bubble.senderId} size="run" colour={bubble.colour} />
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
        {bubble.forwarded > 0 && (
          <p className="bubble-forwarded">
            <Icon name="forward" size={14} />
            {t(bubble.forwarded < MANY_HOPS ? 'forward.forwarded' : 'forward.manyTimes')}
          </p>
        )}
        {quote && (
          <button
            type="button"
            className="bubble-quote"
            data-testid="quote"
            onClick={() => jump(quote.messageId)}
          >
            <QuoteBlock quote={quote} />
          </button>
        )}
        {attachment && (
          <AttachmentView
            shown={attachment}
            face={<SenderFace id={bubble.senderId} size="header" colour={bubble.colour} />}
            sending={attachment.pending && bubble.status === 'queued'}
            onOpen={() => showPicture(bubble)}
          />
        )}
        {links && bubble.preview && <PreviewCard preview={bubble.preview} />}
        <div className="bubble-body">
          <div
            className={[
              'bubble-text',
              against && 'bubble-text-against',
              bubble.deleted && 'bubble-deleted',
              !bubble.deleted && !attachment && isFewEmoji(words) && 'bubble-emoji',
            ]
              .filter(Boolean)
              .join(' ')}
            dir="auto"
          >
            {bubble.deleted ? (
              words
            ) : (
              <MessageText
                text={words}
                mentions={bubble.mentions}
                expansionKey={bubble.key}
                plain={!links}
              />
            )}
          </div>
          <span className="bubble-meta">
            {bubble.edited && (
              <button
                type="button"
                className="bubble-edited"
                aria-label={t('message.showVersions')}
                onClick={() => showVersions(bubble)}
              >
                {t('message.edited')}
              </button>
            )}
            {bubble.starred && (
              <span className="bubble-star">
                <Icon name="star" size={12} />
                <span className="visually-hidden">{t('message.starred')}</span>
              </span>
            )}
            <bdi>
              <time dateTime={bubble.createdAt}>{time}</time>
            </bdi>
            {!bubble.deleted && <Ticks status={bubble.status} />}
          </span>
        </div>
        <button
          type="button"
          className="bubble-more"
          data-message-menu
          aria-label={t('message.options')}
          title={t('message.options')}
          onKeyDown={moveFocus}
          onClick={({ currentTarget }) => {
            const { left, bottom } = currentTarget.getBoundingClientRect();
            openMenu(bubble, { x: left, y: bottom });
          }}
        >
          <Icon name="down" size={18} />
        </button>
        {bubble.reactions.length > 0 && (
          <ReactionChips
            reactions={bubble.reactions}
            mine={bubble.myReaction}
            onShow={() => showReactions(bubble)}
          />
        )}
      </div>
      {attachment?.fleeting && bubble.status === 'queued' && (
        <p className="bubble-fleeting">{t('media.fleeting')}</p>
      )}
      {bubble.status === 'failed' && <FailedActions bubble={bubble} />}
      {bubble.refused && <RefusedActions bubble={bubble} />}
    </div>
  );
});

/** How the bubble goes around what it carries. */
function mediaClasses({ attachment, text }: Bubble): (string | false)[] {
  if (!attachment) return [];
  const { kind } = attachment.file;
  const seen = kind === 'picture' || kind === 'video';
  return [
    'bubble-media',
    seen && 'bubble-seen',
    // The time lies on a picture that has no caption.
    kind === 'picture' && text === '' && 'bubble-bare',
    (kind === 'voice' || kind === 'audio') && text === '' && 'bubble-heard',
  ];
}

function FailedActions({ bubble }: { bubble: Bubble }) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  return (
    <div className="bubble-failed">
      <span>
        {bubble.reason === OF_VERSION_1
          ? t('device.ofVersion1')
          : bubble.reason === FILE_LOST
            ? t('media.lost')
            : bubble.reason}
      </span>
      {bubble.reason !== FILE_LOST && (
        <button type="button" onClick={() => dispatch(messageRetried(bubble.clientMsgId))}>
          {t('common.tryAgain')}
        </button>
      )}
      <button type="button" onClick={() => dispatch(messageDiscarded(bubble.clientMsgId))}>
        {t('common.delete')}
      </button>
    </div>
  );
}

/** The server does not do with the message what the user wants; an edit stays as it was typed. */
function RefusedActions({ bubble: { refused } }: { bubble: Bubble }) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  if (!refused) return null;
  const { opId, reason, change } = refused;
  return (
    <div className="bubble-failed" role="alert">
      <span>{reason}</span>
      <button type="button" onClick={() => dispatch(operationRetried(opId))}>
        {t('common.tryAgain')}
      </button>
      <button type="button" onClick={() => dispatch(operationEnded(opId))}>
        {change.kind === 'edit' ? t('message.discardEdit') : t('common.dismiss')}
      </button>
    </div>
  );
}
