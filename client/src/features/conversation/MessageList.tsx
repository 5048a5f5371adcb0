import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '@/components/ui/IconButton';
import { DESKTOP_INPUT, REDUCED_MOTION, useMediaQuery } from '@/components/useMediaQuery';
import { heightOf } from '@/components/media/box';
import { lineOf } from '@/lib/attachments';
import { badgeNumber } from '@/lib/locale';
import { deletedText } from '@/lib/deletedText';
import { spokenText } from '@/lib/messageText';
import { nameOf } from '@/lib/names';
import { lastSeqOf } from '@/model/chats/apply';
import { pastLeft } from '@/model/chats/slice';
import type { Chat } from '@/model/chats/types';
import { selectSelfId } from '@/model/session';
import { chatLeft, jumpTaken, type Place } from '@/model/views';
import { historyWanted, messagesSeen } from '@/realtime/actions';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import {
  selectChat,
  selectOperationsOf,
  selectOutboxOf,
  selectPeople,
  selectPlace,
} from '@/store/selectors';
import { MentionButton } from './MentionButton';
import { MessageMenu } from './MessageMenu';
import { PinBanner } from './PinBanner';
import { dividersOf, extended } from './opening';
import { previewHeight } from './preview/size';
import { buildTimeline, type TimelineItem } from './timeline';
import { useArrivals } from './useArrivals';
import { SelectionBar } from './SelectionBar';
import { TimelineRow } from './TimelineRow';
import { useJump } from './useJump';
import { firstLasting, firstUnreadIndex, isOwn, reachesFrom, seqsInView } from './viewport';

/** Older messages are asked for while this many lines are still above the first visible one. */
const LOAD_AHEAD = 15;
const LOAD_AHEAD_PX = 2_000;
/** Closer to the end than this, new messages keep the view at the end. */
const NEAR_END_PX = 80;
/** Above the first line and below the last one. */
const EDGE_PX = 8;
/** How a reader moves the view. */
const MOVES = ['wheel', 'touchmove', 'pointerdown', 'keydown'] as const;
/** Long enough to be read. */
const NOTICE_MS = 4_000;
/** About the height of the divider before what is unread. */
const DIVIDER_PX = 44;

function estimateHeight(item: TimelineItem | undefined): number {
  if (item?.type !== 'message') return DIVIDER_PX;
  const lines = Math.ceil(item.text.length / 38) + (item.text.split('\n').length - 1);
  const attached = item.attachment ? heightOf(item.attachment.file) : 0;
  const shown = item.preview ? previewHeight(item.preview) : 0;
  return 20 + lines * 21 + attached + shown;
}

interface Props {
  chat: Chat;
  /** The ids of the messages that are selected; null while none is being chosen. */
  selection: ReadonlySet<string> | null;
  onSelection: (selection: ReadonlySet<string> | null) => void;
}

/** The messages of a chat that is ready to be shown; `missingFor` says when it is. */
export function MessageList({ chat, selection, onSelection }: Props) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const selfId = useAppSelector(selectSelfId);
  const people = useAppSelector(selectPeople);
  const outbox = useAppSelector((state) => selectOutboxOf(state, chat.id));
  const operations = useAppSelector((state) => selectOperationsOf(state, chat.id));
  const attentive = useAppSelector((state) => state.connection.attentive);
  const loading = useAppSelector((state) => state.chats.loads[chat.id]);
  const jumping = useAppSelector((state) => state.chats.jumps[chat.id]);
  // Without a connection the line about it says why, and what failed is tried again after it.
  const online = useAppSelector((state) => state.connection.status === 'online');
  const calm = useMediaQuery(REDUCED_MOTION);
  const [dividers, setDividers] = useState(() => dividersOf(chat));
  const unread = dividers.length > 0;
  const left = useAppSelector((state) => selectPlace(state, chat.id));
  // Where the view is brought: where the user was, unless something is new, or was before a resize.
  const [anchor, setAnchor] = useState<Place | null>(unread ? null : left);
  // What is new is at the end: then the chat is not opened where the user had jumped to.
  const [passedOver] = useState(() => (anchor === null ? chat.past : null));
  const past = chat.past === passedOver ? null : chat.past;
  const isTail = past === null;
  const shown = past ?? chat.history;
  const items = useMemo(
    () => buildTimeline({ chat, outbox, operations, selfId, dividers, past }),
    [chat, outbox, operations, selfId, dividers, past],
  );
  useEffect(() => {
    if (passedOver) dispatch(pastLeft(chat.id));
  }, [passedOver, dispatch, chat.id]);

  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => estimateHeight(items[index]),
    getItemKey: (index) => items[index]?.key ?? '',
    // What is on the screen stays where it is when older messages arrive above it.
    anchorTo: 'end',
    scrollEndThreshold: NEAR_END_PX,
    scrollPaddingStart: anchor?.topPx ?? 0,
    paddingStart: EDGE_PX,
    paddingEnd: EDGE_PX,
    overscan: 10,
  });

  /** The view is at the end and goes on with it when messages arrive. */
  const following = useRef(!unread && anchor === null);
  const place = useRef<Place | null>(anchor);
  /** Another width gave every line another height, and the reader has not moved the view since. */
  const resized = useRef(false);
  /** The reader left the older messages for the end of the chat. */
  const goingToEnd = useRef(false);
  /** The view came to what is unread from above, so whatever it shows now was not jumped over. */
  const reached = useRef(!unread);
  const { read_seq: readSeq } = chat.own;

  // Opening a chat shows the first unread message, or where the user was, or the newest messages.
  const settledAt = useRef<Place | null | undefined>(undefined);
  useLayoutEffect(() => {
    if (settledAt.current === anchor || items.length === 0) return;
    const first = settledAt.current === undefined;
    settledAt.current = anchor;
    const target = items.findIndex((item) =>
      anchor ? item.key === anchor.key : item.type === 'unread',
    );
    if (target >= 0) list.scrollToIndex(target, { align: 'start' });
    else if (first) list.scrollToEnd();
    const { scrollHeight = 0, clientHeight = 0 } = scroller.current ?? {};
    if (scrollHeight <= clientHeight) following.current = true;
  }, [items, list, anchor]);

  // Without a keyboard the composer is not focused, so the messages are: the screen was changed.
  const desktop = useMediaQuery(DESKTOP_INPUT);
  useEffect(() => {
    if (!desktop) scroller.current?.focus({ preventScroll: true });
  }, [desktop]);

  // Whoever writes has seen what is above and wants to see what they wrote.
  const newestOwn = outbox.at(-1)?.clientMsgId;
  const shownOwn = useRef(newestOwn);
  useLayoutEffect(() => {
    if (newestOwn === undefined || newestOwn === shownOwn.current) return;
    shownOwn.current = newestOwn;
    following.current = true;
    reached.current = true;
    resized.current = false;
    setDividers([]);
    list.scrollToEnd();
    if (isTail) return;
    goingToEnd.current = true;
    dispatch(pastLeft(chat.id));
  }, [newestOwn, list, isTail, dispatch, chat.id]);
  // The tail is laid out in place of the older messages: only then there is its end.
  useLayoutEffect(() => {
    if (!goingToEnd.current || !isTail) return;
    goingToEnd.current = false;
    list.scrollToEnd();
  }, [items, isTail, list]);

  // New messages move the view on, but none of them out of it before it was read.
  const holding = useRef(false);
  useLayoutEffect(() => {
    if (!holding.current) return;
    holding.current = false;
    const line = list.measurementsCache[items.findLastIndex((item) => item.type === 'unread')];
    if (line) list.scrollToOffset(line.start - EDGE_PX);
  }, [items, list]);
  const newest = isTail ? items.at(-1)?.key : chat.history?.messages.at(-1)?.client_msg_id;
  const shownNewest = useRef(newest);
  useLayoutEffect(() => {
    if (newest === shownNewest.current) return;
    shownNewest.current = newest;
    if (!isTail) {
      // Whoever comes back to the end finds what was written meanwhile behind a divider.
      if (chat.unreadCount > 0) setDividers((known) => extended(known, chat, true));
      return;
    }
    if (isOwn(items.at(-1))) {
      if (following.current) list.scrollToEnd();
      return;
    }
    const first = list.measurementsCache[firstUnreadIndex(items, readSeq)];
    const below = first ? list.getTotalSize() - first.start + DIVIDER_PX : 0;
    const held = !following.current;
    const fits = below <= (scroller.current?.clientHeight ?? 0);
    if (first && !(attentive && fits && !held)) {
      setDividers((known) => extended(known, chat, held));
    }
    if (held) return;
    following.current = fits;
    holding.current = !fits;
    if (fits) list.scrollToEnd();
  }, [newest, items, readSeq, attentive, chat, list, isTail]);

  // A growing composer or a phone's keyboard takes room from below: the end stays in view. When the
  // width changes, the line at the top stays there.
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const note = () => {
      if (resized.current) return;
      following.current = isTail && list.isAtEnd(NEAR_END_PX);
      const top = list.scrollOffset ?? 0;
      const line = firstLasting(list.getVirtualItems(), top);
      place.current =
        following.current || !line ? null : { key: line.key, topPx: line.start - top };
    };
    let width = element.clientWidth;
    const observer = new ResizeObserver(() => {
      const other = element.clientWidth !== width;
      width = element.clientWidth;
      if (following.current) list.scrollToEnd();
      else if (other && place.current) {
        resized.current = true;
        setAnchor({ ...place.current });
      }
    });
    observer.observe(element);
    // After a resize only the reader says anew where the view is: the lines' new heights do not.
    const moved = () => {
      resized.current = false;
    };
    element.addEventListener('scroll', note, { passive: true });
    for (const type of MOVES) element.addEventListener(type, moved, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', note);
      for (const type of MOVES) element.removeEventListener(type, moved);
    };
  }, [list, isTail]);
  useEffect(
    () => () => {
      dispatch((tell, getState) => {
        // A chat that is gone, or whose reader signed out, is nowhere to come back to.
        if (!selectChat(getState(), chat.id)) return;
        tell(chatLeft({ conversationId: chat.id, place: place.current }));
      });
    },
    [dispatch, chat.id],
  );

  useArrivals(scroller, items, isTail);

  const lines = list.getVirtualItems();
  const hasMore = shown?.hasMore ?? false;
  const stale = chat.history?.stale ?? true;
  // After every rendering, for a view that is at its top already sends no event when it is drawn.
  useEffect(() => {
    if (loading !== undefined || stale || jumping?.state === 'loading') return;
    const { scrollTop = 0, scrollHeight = 0, clientHeight = 0 } = scroller.current ?? {};
    const near = (lines[0]?.index ?? 0) < LOAD_AHEAD;
    // The first lines are laid out once before the view goes to the end; that is no wish for more.
    if (hasMore && near && scrollTop < LOAD_AHEAD_PX) {
      dispatch(historyWanted({ conversationId: chat.id, kind: 'older' }));
      return;
    }
    const nearEnd = (lines.at(-1)?.index ?? 0) >= items.length - LOAD_AHEAD;
    if (!isTail && nearEnd && scrollHeight - clientHeight - scrollTop < LOAD_AHEAD_PX) {
      dispatch(historyWanted({ conversationId: chat.id, kind: 'newer' }));
    }
  });

  const view = { top: list.scrollOffset ?? 0, height: list.scrollRect?.height ?? 0 };
  const seen = seqsInView(items, lines, view);
  const whole = !hasMore || (shown?.messages[0]?.seq ?? 0) <= readSeq;
  useEffect(() => {
    if (!attentive || stale || !seen || seen.to <= readSeq) return;
    reached.current ||= whole && reachesFrom(items, readSeq, seen.from);
    if (reached.current) dispatch(messagesSeen({ conversationId: chat.id, seq: seen.to }));
  });

  const [notice, setNotice] = useState('');
  useEffect(() => {
    if (notice === '') return;
    const timer = setTimeout(() => setNotice(''), NOTICE_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  const onMoved = useCallback(() => {
    following.current = false;
    resized.current = false;
    // What was jumped over was not read.
    reached.current = false;
  }, []);
  const endSelection = useCallback(() => onSelection(null), [onSelection]);
  const onMissing = useCallback(
    (why: 'failed' | 'gone') =>
      setNotice(t(why === 'gone' ? 'message.quoteGone' : 'message.notLoaded')),
    [t],
  );
  const { jump, flashed } = useJump({ chat, items, jumping, list, onMoved, onMissing });

  // Another screen leads to a message here.
  const wanted = useAppSelector((state) => state.views.jump);
  useEffect(() => {
    if (wanted?.conversationId !== chat.id) return;
    dispatch(jumpTaken());
    jump(wanted.messageId);
  }, [wanted, chat.id, dispatch, jump]);

  const atEnd = isTail && (items.length === 0 || (list.range?.endIndex ?? -1) >= items.length - 1);
  const toEnd = () => {
    // Whoever asks for the end wants no more of what is before it.
    reached.current = true;
    resized.current = false;
    if (isTail) {
      list.scrollToEnd({ behavior: calm ? 'auto' : 'smooth' });
      return;
    }
    following.current = true;
    goingToEnd.current = true;
    dispatch(pastLeft(chat.id));
  };
  const last = chat.lastMessage;
  const announced =
    last && last.sender_id !== selfId
      ? t('conversation.announced', {
          name: nameOf(people[last.sender_id]),
          text: last.deleted
            ? deletedText(false)
            : lineOf(spokenText(last, people), last.attachment),
        })
      : '';

  return (
    <>
      <PinBanner chat={chat} jump={jump} />
      <div className="messages">
        <div
          ref={scroller}
          className="messages-scroller"
          role="log"
          aria-label={t('conversation.log')}
          // Scrolling adds and removes lines; what is new is announced below.
          aria-live="off"
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolls by keyboard
          tabIndex={0}
        >
          <div className="messages-content">
            <MessageMenu
              chat={chat}
              items={items}
              jump={jump}
              selection={selection}
              onSelection={onSelection}
              onNotice={setNotice}
            >
              <div className="virtual" style={{ height: list.getTotalSize() }}>
                {lines.map((line) => {
                  const item = items[line.index];
                  return (
                    item && (
                      <div
                        key={line.key}
                        ref={list.measureElement}
                        data-index={line.index}
                        className={
                          item.type === 'message' && item.id !== null && item.id === flashed
                            ? 'virtual-row virtual-row-flashed'
                            : 'virtual-row'
                        }
                        style={{ transform: `translateY(${line.start}px)` }}
                      >
                        <TimelineRow item={item} chat={chat} />
                      </div>
                    )
                  );
                })}
              </div>
            </MessageMenu>
          </div>
        </div>
        <p className="visually-hidden" aria-live="polite">
          {announced}
        </p>
        <p className="messages-notice" role="status">
          {notice}
        </p>
        {(loading === 'older' || loading === 'newer' || jumping?.state === 'loading') && (
          <p
            className={loading === 'newer' ? 'messages-loading below' : 'messages-loading'}
            role="status"
          >
            <span className="visually-hidden">
              {t(loading === 'older' ? 'conversation.loadingOlder' : 'conversation.loadingMore')}
            </span>
          </p>
        )}
        {loading === 'failed' && online && (
          <button
            type="button"
            className="messages-retry"
            onClick={() => {
              const more = isTail || (lines[0]?.index ?? 0) < LOAD_AHEAD ? 'older' : 'newer';
              dispatch(historyWanted({ conversationId: chat.id, kind: stale ? 'latest' : more }));
            }}
          >
            {t('conversation.loadFailed')}
          </button>
        )}
        {chat.unreadMentions > 0 && <MentionButton chat={chat} jump={jump} onMissing={onMissing} />}
        {!atEnd && (
          <div className="to-end">
            <IconButton icon="down" label={t('conversation.toLatest')} onClick={toEnd} />
            {chat.unreadCount > 0 && lastSeqOf(chat) > (seen?.to ?? 0) && (
              <span className="badge">{badgeNumber(chat.unreadCount)}</span>
            )}
          </div>
        )}
      </div>
      {selection && (
        <SelectionBar
          chat={chat}
          items={items}
          selection={selection}
          onNotice={setNotice}
          onClose={endSelection}
        />
      )}
    </>
  );
}
