/** The hub's `/admin/sse` as the tests need it: they say what it sends and when it ends. */
import { http, HttpResponse } from 'msw';
import type { HubStats, Lifecycle } from '@/features/admin/contract';
import { server } from './backend';
import { until } from './stack';

/** 2026-01-05 10:00 UTC. */
export const AT_MS = 1_767_607_200_000;

/** A hub that two cores feed and that has something to do. */
export function someStats(over: Partial<HubStats> = {}): HubStats {
  return {
    hub: 'hub-1',
    version: '1.2.3',
    at_ms: AT_MS,
    uptime_s: 3_725,
    ready: true,
    connections: { websocket: 1_200, http_stream: 30, sse: 4 },
    users: 900,
    rooms: 80,
    totals: {
      connects: 2_000,
      disconnects: 766,
      events: 40_000,
      deliveries: 1_234_567,
      repairs: 2,
      resets: 1,
      slow: 3,
      acks: 39_000,
      refused: 5,
    },
    rates: {
      connects_per_s: 1.5,
      disconnects_per_s: 0.5,
      events_per_s: 12.4,
      deliveries_per_s: 310,
      commands_per_s: 44,
    },
    latency_ms: { p50: 1.25, p99: 8.6, max: 21 },
    queue_bytes: 12_700,
    closes: [
      { code: 3008, reason: 'slow', count: 3 },
      { code: 1000, reason: 'normal', count: 700 },
    ],
    top_rooms: [
      {
        topic: 'chat:01a20e19-1a46-7067-a09f-2a521a3c58ab',
        connections: 32,
        events_per_s: 4,
        deliveries_per_s: 128,
      },
    ],
    slow: [{ client: 'client-1', user: 'user-1', transport: 'websocket', queued_bytes: 2_048 }],
    cores: {
      'core-1': { connected: true, published: 20_100, published_per_s: 6, receipts: 900 },
      'core-2': { connected: true, published: 19_900, published_per_s: 6.4, receipts: 880 },
    },
    pings: { announced: ['core-1', 'core-2'], answers: { 'core-1': 5, 'core-2': 5 }, failed: 0 },
    verify: { in_flight: 2, calls: 2_100, failures: 5 },
    ...over,
  };
}

interface Connection {
  send: (text: string) => void;
  end: () => void;
}

/** Stands in for the hub on this test's requests. */
export class HubStream {
  /** The keys that were presented, one per request. */
  readonly keys: (string | null)[] = [];
  /** What the next requests get instead of a stream. */
  readonly refusals: Response[] = [];
  #open: Connection | null = null;
  #opened = 0;

  constructor() {
    server.use(
      http.get('*/admin/sse', ({ request }) => {
        this.keys.push(request.headers.get('x-api-key'));
        return this.refusals.shift() ?? this.#stream(request.signal);
      }),
    );
  }

  #stream(signal: AbortSignal): Response {
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const connection: Connection = {
          send: (text) => controller.enqueue(encoder.encode(text)),
          end: () => {
            if (this.#open === connection) this.#open = null;
            controller.close();
          },
        };
        this.#open = connection;
        this.#opened += 1;
        // As in a browser, where a body ends with its request.
        signal.addEventListener('abort', () => {
          if (this.#open !== connection) return;
          this.#open = null;
          controller.error(new DOMException('aborted', 'AbortError'));
        });
      },
    });
    return new HttpResponse(body, { headers: { 'content-type': 'text/event-stream' } });
  }

  get isOpen(): boolean {
    return this.#open !== null;
  }

  /** Waits until a stream is open for the `times`-th time. */
  opened(times = 1): Promise<void> {
    return until(() => this.#opened >= times && this.isOpen);
  }

  get #connection(): Connection {
    if (!this.#open) throw new Error('nobody watches the hub');
    return this.#open;
  }

  send(text: string): void {
    this.#connection.send(text);
  }

  stats(over: Partial<HubStats> = {}): void {
    this.send(`event: stats\ndata: ${JSON.stringify(someStats(over))}\n\n`);
  }

  lifecycle(id: number, over: Partial<Lifecycle> = {}): void {
    const event: Lifecycle = { at_ms: AT_MS, kind: 'api', text: `event ${id}`, ...over };
    this.send(`id: ${id}\nevent: lifecycle\ndata: ${JSON.stringify(event)}\n\n`);
  }

  /** The hub goes away. */
  end(): void {
    this.#connection.end();
  }
}
