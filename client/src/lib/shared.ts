/** What other apps share with this one: the service worker keeps it here until it is taken. */

import { dropSharedFiles, SHARED_CACHE } from './sharedCache';

/** What nobody chose a chat for meanwhile is not wanted any more. */
const KEPT_MS = 60 * 60 * 1_000;

/** The files that were shared, which are kept no longer. */
export async function takeSharedFiles(now = Date.now()): Promise<File[]> {
  if (!('caches' in window)) return [];
  const cache = await caches.open(SHARED_CACHE);
  const kept = await cache.matchAll();
  const files = kept.map(async (response) => {
    const [name, at] = ['x-name', 'x-shared-at'].map(
      (header) => response.headers.get(header) ?? '',
    );
    if (now - Number(at) > KEPT_MS) return [];
    const type = response.headers.get('content-type') ?? '';
    return [new File([await response.blob()], decodeURIComponent(name ?? ''), { type })];
  });
  const taken = (await Promise.all(files)).flat();
  await dropSharedFiles();
  return taken;
}

/** What was shared besides files, as one text. */
export function sharedText(search: string): string {
  const wanted = new URLSearchParams(search);
  const parts = ['title', 'text', 'url'].flatMap((key) => wanted.get(key)?.trim() || []);
  // Many programs say the link in the text, too, and the title as its first line.
  return parts
    .filter(
      (part, at) =>
        !parts.some((other, n) => n !== at && other.includes(part) && (other !== part || n < at)),
    )
    .join('\n');
}
