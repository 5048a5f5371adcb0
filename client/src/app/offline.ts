import { loadLaterScreens } from './laterScreens';

/**
 * Has the service worker keep what this page loads when it needs it: it kept nothing before it was
 * in charge, and what an older page needed goes when a newer one comes.
 */
export async function keepOffline(): Promise<void> {
  await navigator.serviceWorker.ready;
  await loadLaterScreens();
  const loaded = performance.getEntriesByType('resource').map(({ name }) => new URL(name));
  const assets = loaded.filter(
    ({ origin, pathname }) => origin === window.location.origin && pathname.startsWith('/assets/'),
  );
  await Promise.all([...new Set(assets.map(({ href }) => href))].map((href) => fetch(href)));
}
