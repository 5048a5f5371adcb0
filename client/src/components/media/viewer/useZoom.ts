import { useRef, useState, type PointerEvent, type WheelEvent } from 'react';

const ZOOM_MAX = 6;
/** What a double click enlarges to. */
const ZOOM_STEP = 2.5;
/** How far a finger goes for the next picture, in pixels. */
const SWIPE_PX = 60;

export interface View {
  zoom: number;
  /** Pixels by which the picture is moved from the middle. */
  x: number;
  y: number;
}

export const WHOLE: View = { zoom: 1, x: 0, y: 0 };

/** The view after zooming, with the point that is pointed at where it was. `at` is from the middle. */
export function zoomed(view: View, factor: number, at: { x: number; y: number }): View {
  const zoom = Math.min(ZOOM_MAX, Math.max(1, view.zoom * factor));
  if (zoom === 1) return WHOLE;
  const by = zoom / view.zoom;
  return { zoom, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by };
}

/** Enlarges and moves by wheel, double click and fingers; a swipe goes to a neighbour. */
export function useZoom(onSwipe: (towards: 'left' | 'right') => void) {
  const [view, setView] = useState(WHOLE);
  /** Where the fingers are. */
  const fingers = useRef(new Map<number, { x: number; y: number }>());
  const from = useRef<{ x: number; y: number } | null>(null);

  const middleOf = ({ currentTarget, clientX, clientY }: PointerEvent | WheelEvent) => {
    const { left, top, width, height } = currentTarget.getBoundingClientRect();
    return { x: clientX - left - width / 2, y: clientY - top - height / 2 };
  };
  const spread = () => {
    const [one, other] = [...fingers.current.values()];
    return one && other ? Math.hypot(one.x - other.x, one.y - other.y) : 0;
  };
  const end = (event: PointerEvent) => {
    const began = from.current;
    const alone = fingers.current.size === 1;
    fingers.current.delete(event.pointerId);
    from.current = null;
    if (event.type === 'pointercancel' || !began || !alone || view.zoom > 1) return;
    const dx = event.clientX - began.x;
    const dy = event.clientY - began.y;
    if (Math.abs(dx) > SWIPE_PX && Math.abs(dx) > Math.abs(dy)) onSwipe(dx < 0 ? 'left' : 'right');
  };

  return {
    view,
    gestures: {
      onWheel: (event: WheelEvent) => {
        const at = middleOf(event);
        setView((before) => zoomed(before, Math.exp(-event.deltaY / 300), at));
      },
      onDoubleClick: (event: { clientX: number; clientY: number; currentTarget: Element }) => {
        const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
        const at = { x: event.clientX - left - width / 2, y: event.clientY - top - height / 2 };
        setView((before) => (before.zoom > 1 ? WHOLE : zoomed(before, ZOOM_STEP, at)));
      },
      onPointerDown: (event: PointerEvent) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        fingers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
        from.current = fingers.current.size === 1 ? { x: event.clientX, y: event.clientY } : null;
      },
      onPointerMove: (event: PointerEvent) => {
        const before = fingers.current.get(event.pointerId);
        if (!before) return;
        const spreadBefore = spread();
        const now = { x: event.clientX, y: event.clientY };
        fingers.current.set(event.pointerId, now);
        if (fingers.current.size === 2 && spreadBefore > 0) {
          const at = middleOf(event);
          const factor = spread() / spreadBefore;
          setView((known) => zoomed(known, factor, at));
        } else if (fingers.current.size === 1) {
          setView((known) =>
            known.zoom === 1
              ? known
              : { ...known, x: known.x + now.x - before.x, y: known.y + now.y - before.y },
          );
        }
      },
      onPointerUp: end,
      onPointerCancel: end,
    },
  };
}
