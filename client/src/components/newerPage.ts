import { useSyncExternalStore } from 'react';

/** Between two looks at the server: a tab may stay open for weeks. */
const PAUSE_MS = 30 * 60 * 1_000;

/** The address of the program that this page runs; it changes with its content. */
const running = () =>
  document.querySelector<HTMLScriptElement>('script[type="module"][src]')?.getAttribute('src');

let newer = false;
let lookedAt = -Infinity;

async function look(tell: () => void): Promise<void> {
  const program = running();
  const now = Date.now();
  if (newer || document.hidden || !program || now - lookedAt < PAUSE_MS) return;
  lookedAt = now;
  const answer = await fetch('/', { cache: 'no-store' }).catch(() => null);
  const page = answer?.ok === true ? await answer.text().catch(() => '') : '';
  // Whatever else answers in the server's place is no newer page.
  if (!/<script[^>]+type="module"/.test(page) || page.includes(`"${program}"`)) return;
  newer = true;
  tell();
}

/** Looks whenever somebody turns to this page, and when the network is back. */
function watch(tell: () => void): () => void {
  const onEvent = () => void look(tell);
  document.addEventListener('visibilitychange', onEvent);
  window.addEventListener('online', onEvent);
  return () => {
    document.removeEventListener('visibilitychange', onEvent);
    window.removeEventListener('online', onEvent);
  };
}

/** Whether the server has a newer page than this one. */
export function useNewerPage(): boolean {
  return useSyncExternalStore(watch, () => newer);
}
