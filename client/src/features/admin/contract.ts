/**
 * What `GET /admin/sse` sends, checked where it comes in: a hub of another version must lead to a
 * sentence, not to a screen that breaks.
 */
import {
  flag,
  list,
  Mismatch,
  named,
  number,
  orNull,
  shape,
  text,
  type Check,
  type Checked,
} from '@/lib/check';

const numberOrNull = orNull(number);

const stats = shape({
  hub: text,
  version: text,
  at_ms: number,
  uptime_s: number,
  ready: flag,
  connections: shape({ websocket: number, http_stream: number, sse: number }),
  users: number,
  rooms: number,
  /** Since the hub started. */
  totals: shape({
    connects: number,
    disconnects: number,
    events: number,
    deliveries: number,
    repairs: number,
    resets: number,
    slow: number,
    acks: number,
    refused: number,
  }),
  rates: shape({
    connects_per_s: number,
    disconnects_per_s: number,
    events_per_s: number,
    deliveries_per_s: number,
    commands_per_s: number,
  }),
  /** From commit to socket over the last ten seconds; null where nothing was delivered. */
  latency_ms: shape({ p50: numberOrNull, p99: numberOrNull, max: numberOrNull }),
  queue_bytes: number,
  closes: list(shape({ code: number, reason: text, count: number })),
  top_rooms: list(
    shape({ topic: text, connections: number, events_per_s: number, deliveries_per_s: number }),
  ),
  slow: list(shape({ client: text, user: text, transport: text, queued_bytes: number })),
  cores: named(
    shape({ connected: flag, published: number, published_per_s: number, receipts: number }),
  ),
  /** The start-up check through nginx: who announced itself, and who answered how often. */
  pings: shape({ announced: list(text), answers: named(number), failed: number }),
  verify: shape({ in_flight: number, calls: number, failures: number }),
});

/** The kind is open: a newer hub may tell of more than this client has a name for. */
const lifecycle = shape({ at_ms: number, kind: text, text });

export type HubStats = Checked<typeof stats>;
export type Lifecycle = Checked<typeof lifecycle>;

function parse<T>(check: Check<T>, data: string): T {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    throw new Mismatch('the data is not JSON');
  }
  return check(value, '');
}

/** Reads the data of an event `stats`; throws a `Mismatch` that names the field. */
export const readStats = (data: string): HubStats => parse(stats, data);

/** Reads the data of an event `lifecycle`; throws a `Mismatch` that names the field. */
export const readLifecycle = (data: string): Lifecycle => parse(lifecycle, data);
