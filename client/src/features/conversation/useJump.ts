import type { Virtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { HistoryLoad } from '@/model/chats/slice';
import type { Chat } from '@/model/chats/types';
import { historyWanted } from '@/realtime/actions';
import { useAppDispatch } from '@/store/hooks';
import type { TimelineItem } from './timeline';

/** A thousand messages: what is further back is found by scrolling. */
const PAGES_MAX = 20;
const FLASH_MS = 1_600;

interface Target {
  messageId: string;
  /** The oldest message when a page was last asked for. */
  oldest: number | undefined;
  pages: number;
}

interface Sources {
  chat: Chat;
  items: TimelineItem[];
  loading: HistoryLoad | undefined;
  list: Virtualizer<HTMLDivElement, Element>;
  /** The view is somewhere else now, and stays there. */
  onMoved: () => void;
  onMissing: () => void;
}

const indexOf = (items: TimelineItem[], messageId: string) =>
  items.findIndex((item) => item.type === 'message' && item.id === messageId);

/** Goes to a message and flashes it; older pages are loaded until it is there. */
export function useJump({ chat, items, loading, list, onMoved, onMissing }: Sources) {
  const dispatch = useAppDispatch();
  const target = useRef<Target | null>(null);
  /** Counts the wishes, so that each is looked at once. */
  const [wishes, setWishes] = useState(0);
  const [flashed, setFlashed] = useState<string | null>(null);
  const oldest = chat.history?.messages[0]?.seq;
  const hasMore = chat.history?.hasMore ?? false;

  const jump = useCallback((messageId: string) => {
    target.current = { messageId, oldest: undefined, pages: 0 };
    setWishes((count) => count + 1);
  }, []);

  useEffect(() => {
    const wanted = target.current;
    if (!wanted) return;
    const { messageId, pages } = wanted;
    const index = indexOf(items, messageId);
    if (index >= 0) {
      target.current = null;
      onMoved();
      list.scrollToIndex(index, { align: 'center' });
      requestAnimationFrame(() => setFlashed(messageId));
      return;
    }
    if (loading === 'older' || loading === 'latest') return;
    const failed = loading === 'failed' && pages > 0;
    if (!hasMore || pages >= PAGES_MAX || failed) {
      target.current = null;
      onMissing();
      return;
    }
    // Another page is asked for once the one before is there.
    if (pages > 0 && wanted.oldest === oldest) return;
    target.current = { messageId, oldest, pages: pages + 1 };
    dispatch(historyWanted({ conversationId: chat.id, kind: 'older' }));
  }, [wishes, items, loading, oldest, hasMore, chat.id, list, dispatch, onMoved, onMissing]);

  useEffect(() => {
    if (flashed === null) return;
    const timer = setTimeout(() => setFlashed(null), FLASH_MS);
    return () => clearTimeout(timer);
  }, [flashed]);

  return { jump, flashed };
}
