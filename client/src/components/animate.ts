import { REDUCED_MOTION } from './useMediaQuery';

/** With less motion asked for, only this fade is left. */
const FADE_MS = 80;

/** Lets something come from `transform` and fade in, once it is laid out where it stays. */
export function comeIn(element: Element | null | undefined, transform: string, ms: number): void {
  // Not every browser animates.
  if (!element || !('animate' in element)) return;
  const calm = window.matchMedia(REDUCED_MOTION).matches;
  element.animate([{ opacity: 0, transform: calm ? 'none' : transform }, {}], {
    duration: calm ? FADE_MS : ms,
    easing: 'ease-out',
  });
}
