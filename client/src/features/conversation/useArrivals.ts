import { useLayoutEffect, useRef, type RefObject } from 'react';
import { comeIn } from '@/components/animate';
import type { TimelineItem } from './timeline';
import { isOwn } from './viewport';

const RISE_PX = 8;
const OWN_MS = 140;
const OTHER_MS = 100;

/**
 * What arrives alone at the end is seen to arrive: one's own message rises, another's fades in. Many
 * at once are just there. Nothing of it changes what is laid out.
 */
export function useArrivals(
  scroller: RefObject<HTMLElement | null>,
  items: TimelineItem[],
  /** The items are the chat's tail: nothing arrives elsewhere. */
  isTail: boolean,
): void {
  const known = useRef({ newest: items.at(-1)?.key, count: items.length, isTail });
  useLayoutEffect(() => {
    const before = known.current;
    const newest = items.at(-1);
    known.current = { newest: newest?.key, count: items.length, isTail };
    if (!isTail || !before.isTail) return;
    if (newest?.type !== 'message' || newest.key === before.newest) return;
    // A day or a divider may come along.
    if (items.length - before.count > 2) return;
    const line = scroller.current?.querySelector<HTMLElement>(
      `[data-client-msg-id="${CSS.escape(newest.clientMsgId)}"]`,
    )?.parentElement;
    const own = isOwn(newest);
    comeIn(line, own ? `translateY(${RISE_PX}px)` : 'none', own ? OWN_MS : OTHER_MS);
  }, [scroller, items, isTail]);
}
