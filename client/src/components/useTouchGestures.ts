import { useRef, type PointerEvent } from 'react';

/** As long as people know it from their phone. */
const LONG_PRESS_MS = 450;
/** A finger that rests still moves a little. */
const SLOP_PX = 10;
/** From here on letting go replies. */
const REPLY_PX = 56;
const FARTHEST_PX = 72;

interface Gestures {
  onLongPress: () => void;
  /** Null where nothing can be answered. */
  onReply: (() => void) | null;
}

/** How far a line follows the finger, towards the end of the line alone. */
export function pulled(dx: number, rtl: boolean): number {
  const forward = rtl ? -dx : dx;
  return Math.min(Math.max(forward, 0), FARTHEST_PX) * (rtl ? -1 : 1);
}

/** A finger's gestures on a line: resting opens its menu, pulling it aside replies. */
export function useTouchGestures({ onLongPress, onReply }: Gestures) {
  const touch = useRef<{ x: number; y: number; swiping: boolean } | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const end = (element: HTMLElement) => {
    clearTimeout(timer.current);
    touch.current = null;
    element.style.removeProperty('translate');
  };

  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.pointerType !== 'touch' || !event.isPrimary) return;
      touch.current = { x: event.clientX, y: event.clientY, swiping: false };
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        touch.current = null;
        onLongPress();
      }, LONG_PRESS_MS);
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const from = touch.current;
      if (!from) return;
      const dx = event.clientX - from.x;
      const dy = event.clientY - from.y;
      if (!from.swiping) {
        if (Math.hypot(dx, dy) < SLOP_PX) return;
        clearTimeout(timer.current);
        if (!onReply || Math.abs(dx) < Math.abs(dy)) {
          touch.current = null;
          return;
        }
        from.swiping = true;
      }
      const rtl = getComputedStyle(event.currentTarget).direction === 'rtl';
      event.currentTarget.style.setProperty('translate', `${pulled(dx, rtl)}px`);
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      const from = touch.current;
      const rtl = getComputedStyle(event.currentTarget).direction === 'rtl';
      const far = from?.swiping && Math.abs(pulled(event.clientX - from.x, rtl)) >= REPLY_PX;
      end(event.currentTarget);
      if (far) onReply?.();
    },
    // The browser scrolls, or the finger left the screen.
    onPointerCancel: (event: PointerEvent<HTMLElement>) => end(event.currentTarget),
  };
}
