// Lets the app open without a network. Pages come from the network whenever it answers, so an
// update is never held back; what a page needs is kept until a newer page needs something else.
// Requests to the core and the hub are none of its business.

const CACHE = 'rookery-shell';
/** As in `src/lib/shared.ts`. */
const SHARED = 'rookery-shared';
const PAGE = '/';
/** After this a slow network is treated as none, if there is a page to show. */
const PAGE_TIMEOUT_MS = 4_000;

/** By address alone: a module script is asked for with an Origin, which servers name in Vary. */
function find(request) {
  return caches.match(request, { ignoreVary: true });
}

/** The files that a page names; their names change with their content. */
function assetsOf(html) {
  return [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1]);
}

/**
 * Keeps a page with everything it names. A page that names something new is a newer one: what only
 * the older one needed is dropped.
 */
async function keep(response) {
  const html = await response.clone().text();
  const cache = await caches.open(CACHE);
  const wanted = assetsOf(html);
  const known = (await cache.keys()).map((request) => new URL(request.url).pathname);
  const fresh = wanted.filter((path) => !known.includes(path));
  await cache.addAll(fresh);
  await cache.put(PAGE, response);
  if (fresh.length === 0) return;
  const gone = known.filter((path) => path !== PAGE && !wanted.includes(path));
  await Promise.all(gone.map((path) => cache.delete(path)));
}

/** A file that is loaded when it is needed: kept, because the next need may come without a network. */
async function findOrKeep(request) {
  const stored = await find(request);
  if (stored) return stored;
  const response = await fetch(request);
  if (response.ok) await (await caches.open(CACHE)).put(request, response.clone());
  return response;
}

async function fetchPage(event) {
  const stored = await find(PAGE);
  const signal = stored ? AbortSignal.timeout(PAGE_TIMEOUT_MS) : undefined;
  try {
    const response = await fetch(PAGE, { signal });
    if (response.ok) {
      event.waitUntil(keep(response.clone()).catch(() => undefined));
      return response;
    }
    return stored ?? response;
  } catch (error) {
    if (stored) return stored;
    throw error;
  }
}

/** Files of one share that are kept; a chat takes as many at a time. */
const SHARED_MAX = 30;

/** Keeps what another app shares until somebody has chosen a chat for it. */
async function receive(request) {
  const form = await request.formData();
  await caches.delete(SHARED);
  const cache = await caches.open(SHARED);
  const files = form.getAll('files').filter((file) => file instanceof File && file.size > 0);
  for (const [at, file] of files.slice(0, SHARED_MAX).entries()) {
    const headers = {
      'content-type': file.type || 'application/octet-stream',
      'x-name': encodeURIComponent(file.name),
      'x-shared-at': String(Date.now()),
    };
    await cache.put(`/share/${at}`, new Response(file, { headers }));
  }
  const words = ['title', 'text', 'url'].flatMap((key) => {
    const value = form.get(key);
    return typeof value === 'string' && value !== '' ? [[key, value]] : [];
  });
  return Response.redirect(`/share?${new URLSearchParams(words)}`, 303);
}

self.addEventListener('install', (event) => {
  event.waitUntil(fetch(PAGE, { cache: 'no-cache' }).then(keep));
  self.skipWaiting();
});

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method === 'POST' && url.pathname === '/share') {
    event.respondWith(receive(request));
    return;
  }
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    // Health, API and hub addresses opened in a tab are not pages of the app; the operator's page
    // is of no use without a network.
    if (/^\/(api|media|health|connection|admin|user|metrics)\b/.test(url.pathname)) return;
    event.respondWith(fetchPage(event));
  } else if (url.pathname.startsWith('/assets/')) {
    event.respondWith(findOrKeep(request));
  } else if (/^\/[^/]+\.(svg|png|webmanifest|js)$/.test(url.pathname)) {
    event.respondWith(fetch(request).catch(() => find(request)));
  }
});
