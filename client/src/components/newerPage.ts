import { useSyncExternalStore } from 'react';

/** Between two looks at the server: a tab may stay open for weeks. */
const PAUSE_MS = 30 * 60 * 1_000;

/** The addresses of what this page runs; each changes with its content. */
const running = () =>
  [...document.querySelectorAll('script[type="module"][src]')].map((script) =>
    String(script.getAttribute('src')),
  );

let newer = false;
let lookedAt = -Infinity;

async function look(tell: () => void): Promise<void> {
  const programs = running();
  const now = Date.now();
  if (newer || document.hidden || programs.length === 0 || now - lookedAt < PAUSE_MS) return;
  lookedAt = now;
  const answer = await fetch('/', { cache: 'no-store' }).catch(() => null);
  const page = answer?.ok === true ? await answer.text().catch(() => '') : '';
  // Whatever else answers in the server's place is no newer page.
  const isPage = /<script[^>]+type="module"/.test(page);
  if (!isPage || programs.every((program) => page.includes(`"${program}"`))) return;
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
