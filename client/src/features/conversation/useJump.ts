import type { Virtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { pastLeft, type JumpLoad } from '@/model/chats/slice';
import type { Chat } from '@/model/chats/types';
import { messageWanted } from '@/realtime/actions';
import { useAppDispatch } from '@/store/hooks';
import type { TimelineItem } from './timeline';

const FLASH_MS = 1_600;

interface Target {
  messageId: string;
  /** It was asked for. */
  asked: boolean;
}

interface Sources {
  chat: Chat;
  items: TimelineItem[];
  /** What became of the last jump in this chat. */
  jumping: JumpLoad | undefined;
  list: Virtualizer<HTMLDivElement, Element>;
  /** The view is somewhere else now, and stays there. */
  onMoved: () => void;
  onMissing: (why: 'failed' | 'gone') => void;
}

const indexOf = (items: TimelineItem[], messageId: string) =>
  items.findIndex((item) => item.type === 'message' && item.id === messageId);

/** Goes to a message and flashes it; one that is not here is loaded with its surroundings. */
export function useJump({ chat, items, jumping, list, onMoved, onMissing }: Sources) {
  const dispatch = useAppDispatch();
  const target = useRef<Target | null>(null);
  /** Counts the wishes, so that each is looked at once. */
  const [wishes, setWishes] = useState(0);
  const [flashed, setFlashed] = useState<string | null>(null);
  const { id: conversationId, past, history } = chat;

  const jump = useCallback((messageId: string) => {
    target.current = { messageId, asked: false };
    setWishes((count) => count + 1);
  }, []);

  // Before it is drawn: other messages stand where the ones before did.
  useLayoutEffect(() => {
    const wanted = target.current;
    if (!wanted) return;
    const { messageId, asked } = wanted;
    const index = indexOf(items, messageId);
    if (index >= 0) {
      target.current = null;
      onMoved();
      list.scrollToIndex(index, { align: 'center' });
      requestAnimationFrame(() => setFlashed(messageId));
    } else if (past && history?.messages.some(({ id }) => id === messageId)) {
      dispatch(pastLeft(conversationId));
    } else if (!asked) {
      target.current = { messageId, asked: true };
      dispatch(messageWanted({ conversationId, messageId }));
    } else if (jumping?.state !== 'loading') {
      target.current = null;
      onMissing(jumping?.state ?? 'gone');
    }
  }, [wishes, items, jumping, past, history, conversationId, list, dispatch, onMoved, onMissing]);

  useEffect(() => {
    if (flashed === null) return;
    const timer = setTimeout(() => setFlashed(null), FLASH_MS);
    return () => clearTimeout(timer);
  }, [flashed]);

  return { jump, flashed };
}
