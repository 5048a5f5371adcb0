/** Where the service worker keeps the files that other apps share; as in `public/sw.js`. */
export const SHARED_CACHE = 'rookery-shared';

/** For whoever signs out: nobody after them finds what they shared. */
export async function dropSharedFiles(): Promise<void> {
  if ('caches' in window) await caches.delete(SHARED_CACHE);
}
