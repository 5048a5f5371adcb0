import { useCallback } from 'react';
import type { BaseLocationHook } from 'wouter';
import { navigate as show, usePathname } from 'wouter/use-browser-location';

/** What an entry of the browser's history remembers. */
interface Entry {
  /** An entry of this visit lies before it. */
  entered?: boolean;
  /** Given by who went there. */
  state?: unknown;
}

const entry = () => (history.state ?? {}) as Entry;

let back = false;
// Listens before any component does, for a page is drawn between two listeners of one event.
addEventListener('popstate', () => {
  back = true;
});

/** Whether the browser's own buttons led to the page that is shown, and no link. */
export function wentBack(): boolean {
  return back;
}

/**
 * Goes to a path of this client, and remembers whether there is a way back. The path that is shown is no
 * step: nobody has to go back twice because they pressed a link twice.
 */
export function navigate(
  to: string,
  { replace = false, state }: { replace?: boolean; state?: unknown } = {},
): void {
  back = false;
  const stays = replace || to === window.location.pathname + window.location.search;
  const entered = !stays || entry().entered === true;
  show(to, { replace: stays, state: { entered, state } satisfies Entry });
}

/** What the router asks for the address, and how it goes elsewhere. */
export const useAddress: BaseLocationHook = () => [usePathname(), navigate];

/** What `navigate`, a link or a redirect gave as `state` on the way to this page. */
export function arrivedWith(): unknown {
  return entry().state;
}

/** One step back in the history; to `fallback` if this page is where the visit began. */
export function useBack(fallback: string): () => void {
  return useCallback(() => {
    if (entry().entered) history.back();
    else navigate(fallback, { replace: true });
  }, [fallback]);
}
