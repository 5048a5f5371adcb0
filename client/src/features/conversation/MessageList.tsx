import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { IconButton } from '@/components/ui/IconButton';
import { DESKTOP_INPUT, REDUCED_MOTION, useMediaQuery } from '@/components/useMediaQuery';
import { lastSeqOf } from '@/model/chats/apply';
import type { Chat } from '@/model/chats/types';
import { selectSelfId } from '@/model/session';
import { historyWanted, messagesSeen } from '@/realtime/actions';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { selectOutboxOf, selectPeople } from '@/store/selectors';
import { buildTimeline, type TimelineItem } from './timeline';
import { TimelineRow } from './TimelineRow';

/** Older messages are asked for while this many lines are still above the first visible one. */
const LOAD_AHEAD = 15;
const LOAD_AHEAD_PX = 2_000;
/** Closer to the end than this, new messages keep the view at the end. */
const NEAR_END_PX = 80;

function estimateHeight(item: TimelineItem | undefined): number {
  if (item?.type !== 'message') return 44;
  const lines = Math.ceil(item.text.length / 38) + (item.text.split('\n').length - 1);
  return 20 + lines * 21;
}

/** The highest message number up to and including line `end`. */
function seqUpTo(items: TimelineItem[], end: number): number {
  for (let index = Math.min(end, items.length - 1); index >= 0; index -= 1) {
    const item = items[index];
    if (item?.type === 'message' && item.seq !== null) return item.seq;
  }
  return 0;
}

export function MessageList({ chat }: { chat: Chat }) {
  const dispatch = useAppDispatch();
  const selfId = useAppSelector(selectSelfId);
  const people = useAppSelector(selectPeople);
  const outbox = useAppSelector((state) => selectOutboxOf(state, chat.id));
  const attentive = useAppSelector((state) => state.connection.attentive);
  const loading = useAppSelector((state) => state.chats.loads[chat.id]);
  // Without a connection the line about it says why, and what failed is tried again after it.
  const online = useAppSelector((state) => state.connection.status === 'online');
  const calm = useMediaQuery(REDUCED_MOTION);
  const [unread] = useState(
    chat.unreadCount > 0 ? { after: chat.own.read_seq, upTo: lastSeqOf(chat) } : null,
  );
  const items = useMemo(
    () => buildTimeline({ chat, outbox, selfId, unread }),
    [chat, outbox, selfId, unread],
  );

  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => estimateHeight(items[index]),
    getItemKey: (index) => items[index]?.key ?? index,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: NEAR_END_PX,
    overscan: 10,
  });

  // Opening a chat shows its newest messages, or the first unread one.
  const settled = useRef(false);
  useLayoutEffect(() => {
    if (settled.current || items.length === 0) return;
    settled.current = true;
    const divider = items.findIndex((item) => item.type === 'unread');
    if (divider > 0) list.scrollToIndex(divider, { align: 'start' });
    else list.scrollToEnd();
  }, [items, list]);

  // Without a keyboard the composer is not focused, so the messages are: the screen was changed.
  const desktop = useMediaQuery(DESKTOP_INPUT);
  useEffect(() => {
    if (!desktop) scroller.current?.focus({ preventScroll: true });
  }, [desktop]);

  // Whoever writes wants to see what they wrote.
  const newestOwn = outbox.at(-1)?.clientMsgId;
  const shownOwn = useRef(newestOwn);
  useLayoutEffect(() => {
    if (newestOwn === undefined || newestOwn === shownOwn.current) return;
    shownOwn.current = newestOwn;
    list.scrollToEnd();
  }, [newestOwn, list]);

  // A growing composer or a phone's keyboard takes room from below: the end stays in view.
  const atEndBefore = useRef(true);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const noteEnd = () => {
      atEndBefore.current = list.isAtEnd(NEAR_END_PX);
    };
    const observer = new ResizeObserver(() => {
      if (atEndBefore.current) list.scrollToEnd();
    });
    observer.observe(element);
    element.addEventListener('scroll', noteEnd, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', noteEnd);
    };
  }, [list]);

  const lines = list.getVirtualItems();
  const firstLine = lines[0]?.index ?? 0;
  const hasMore = chat.history?.hasMore ?? false;
  const stale = chat.history?.stale ?? true;
  const idle = loading === undefined;
  useEffect(() => {
    // The first lines are laid out once before the view goes to the end; that is no wish for more.
    const nearStart = (scroller.current?.scrollTop ?? 0) < LOAD_AHEAD_PX;
    if (idle && !stale && hasMore && firstLine < LOAD_AHEAD && nearStart) {
      dispatch(historyWanted({ conversationId: chat.id, kind: 'older' }));
    }
  }, [dispatch, chat.id, idle, stale, hasMore, firstLine]);

  const lastVisible = list.range?.endIndex ?? -1;
  const seenSeq = seqUpTo(items, lastVisible);
  useEffect(() => {
    if (attentive && seenSeq > chat.own.read_seq) {
      dispatch(messagesSeen({ conversationId: chat.id, seq: seenSeq }));
    }
  }, [dispatch, attentive, chat.id, chat.own.read_seq, seenSeq]);

  const atEnd = items.length === 0 || lastVisible >= items.length - 1;
  const newest = chat.lastMessage;
  const announced =
    newest && newest.sender_id !== selfId
      ? `${people[newest.sender_id]?.display_name ?? 'Someone'}: ${newest.text}`
      : '';

  return (
    <div className="messages">
      <div
        ref={scroller}
        className="messages-scroller"
        role="log"
        aria-label="Conversation"
        // Scrolling adds and removes lines; what is new is announced below.
        aria-live="off"
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolls by keyboard
        tabIndex={0}
      >
        <div className="messages-content">
          {!hasMore && !stale && (
            <p className="timeline-beginning">
              {chat.kind === 'group'
                ? 'This is where the group begins'
                : 'This is where your chat begins'}
            </p>
          )}
          {loading === 'older' && (
            <p className="visually-hidden" role="status">
              Loading older messages
            </p>
          )}
          <div className="virtual" style={{ height: list.getTotalSize() }}>
            {lines.map((line) => {
              const item = items[line.index];
              return (
                item && (
                  <div
                    key={line.key}
                    ref={list.measureElement}
                    data-index={line.index}
                    className="virtual-row"
                    style={{ transform: `translateY(${line.start}px)` }}
                  >
                    <TimelineRow item={item} group={chat.kind === 'group'} />
                  </div>
                )
              );
            })}
          </div>
        </div>
      </div>
      <p className="visually-hidden" aria-live="polite">
        {announced}
      </p>
      {loading === 'failed' && online && (
        <button
          type="button"
          className="messages-retry"
          onClick={() =>
            dispatch(historyWanted({ conversationId: chat.id, kind: stale ? 'latest' : 'older' }))
          }
        >
          Messages could not be loaded. Try again
        </button>
      )}
      {!atEnd && (
        <div className="to-end">
          <IconButton
            icon="down"
            label="Jump to the latest"
            onClick={() => list.scrollToEnd({ behavior: calm ? 'auto' : 'smooth' })}
          />
          {chat.unreadCount > 0 && lastSeqOf(chat) > seenSeq && (
            <span className="badge">{chat.unreadCount > 99 ? '99+' : chat.unreadCount}</span>
          )}
        </div>
      )}
    </div>
  );
}
