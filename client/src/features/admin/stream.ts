import { createParser } from 'eventsource-parser';
import { problemOf, type Problem } from '@/api/problem';
import { Mismatch } from '@/lib/check';

/** Where nginx hands over to the hub: it needs no core, so the page works while none is there. */
const STREAM_PATH = '/admin/sse';
/** The hub speaks once a second; after this long the connection is dead though nobody closed it. */
const SILENCE_MS = 10_000;

/** The code of a problem that nobody sent: the stream is not the one this page knows. */
export const MISMATCH = 'stream_mismatch';
const ENDED: Problem = { kind: 'network' };

export interface StreamHandlers {
  onOpen: () => void;
  onEvent: (event: string, data: string, id: string) => void;
}

/** Reads the stream until it ends, and says why it did. An EventSource could not send the key. */
export async function readStream(
  key: string,
  controller: AbortController,
  { onOpen, onEvent }: StreamHandlers,
): Promise<Problem> {
  const over = () => controller.signal.aborted;
  const silent = () => controller.abort();
  let silence = setTimeout(silent, SILENCE_MS);
  try {
    const response = await fetch(new URL(STREAM_PATH, window.location.origin), {
      headers: { accept: 'text/event-stream', 'x-api-key': key },
      cache: 'no-store',
      // Whoever redirects would get the key.
      redirect: 'error',
      signal: controller.signal,
    });
    if (!response.ok) return await problemOf(response);
    const type = response.headers.get('content-type') ?? '';
    if (!response.body || !type.startsWith('text/event-stream')) {
      return mismatch(`${STREAM_PATH} leads to something that is not the hub`);
    }
    if (over()) return ENDED;
    onOpen();
    const parser = createParser({
      onEvent: ({ event, data, id }) => onEvent(event ?? 'message', data, id ?? ''),
    });
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      // What was read while somebody ended it is nobody's any more.
      if (done || over()) return ENDED;
      clearTimeout(silence);
      silence = setTimeout(silent, SILENCE_MS);
      parser.feed(decoder.decode(value, { stream: true }));
    }
  } catch (error) {
    return error instanceof Mismatch ? mismatch(error.message) : ENDED;
  } finally {
    clearTimeout(silence);
    controller.abort();
  }
}

/** A hub and a page of different versions, or a proxy that leads elsewhere. */
function mismatch(detail: string): Problem {
  return { kind: 'http', status: 200, code: MISMATCH, detail, retryAfterMs: null };
}
