import { useLayoutEffect, useRef, type RefObject } from 'react';
import { useLocation } from 'wouter';
import { comeIn } from '@/components/animate';
import { wentBack } from '@/components/navigation';

const SLIDE_PX = 24;
const SLIDE_MS = 200;

/** The places that the tabs lead to lie beside each other: going between them is no way in or out. */
const TABS = new Set(['/', '/requests', '/settings']);

/**
 * Slides the one pane of a phone in when another screen is shown: from the end of the line on the
 * way in, from its beginning on the way back. Only transform and opacity move.
 */
export function usePaneMotion(phone: boolean): RefObject<HTMLElement | null> {
  const pane = useRef<HTMLElement>(null);
  const [pathname] = useLocation();
  const shown = useRef(pathname);
  useLayoutEffect(() => {
    const former = shown.current;
    shown.current = pathname;
    if (!phone || former === pathname || (TABS.has(former) && TABS.has(pathname))) return;
    const rightToLeft = document.documentElement.dir === 'rtl';
    const from = wentBack() === rightToLeft ? SLIDE_PX : -SLIDE_PX;
    comeIn(pane.current, `translateX(${from}px)`, SLIDE_MS);
  }, [phone, pathname]);
  return pane;
}
