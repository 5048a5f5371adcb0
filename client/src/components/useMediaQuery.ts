import { useCallback, useSyncExternalStore } from 'react';

export function useMediaQuery(query: string): boolean {
  const subscribe = useCallback(
    (notify: () => void) => {
      const list = window.matchMedia(query);
      list.addEventListener('change', notify);
      return () => list.removeEventListener('change', notify);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
}

/** Phone: one pane at a time. */
export const PHONE = '(max-width: 767px)';
/** Room for a third pane beside list and chat. */
export const WIDE = '(min-width: 1200px)';
export const REDUCED_MOTION = '(prefers-reduced-motion: reduce)';
/** A real keyboard and mouse are likely: Enter sends, and fields may take the focus. */
export const DESKTOP_INPUT = '(hover: hover) and (pointer: fine)';
