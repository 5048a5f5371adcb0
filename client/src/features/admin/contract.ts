/**
 * What `GET /admin/sse` sends, checked where it comes in: a hub of another version must lead to a
 * sentence, not to a screen that breaks.
 */

/** The hub sent something else than this client was made for. */
export class Mismatch extends Error {}

type Check<T> = (value: unknown, path: string) => T;
type Checked<C> = C extends Check<infer T> ? T : never;

function wrong(path: string, wanted: string): never {
  throw new Mismatch(`“${path}” is not ${wanted}`);
}

const text: Check<string> = (value, path) =>
  typeof value === 'string' ? value : wrong(path, 'a text');
const number: Check<number> = (value, path) =>
  typeof value === 'number' ? value : wrong(path, 'a number');
const flag: Check<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : wrong(path, 'yes or no');
const numberOrNull: Check<number | null> = (value, path) =>
  value === null ? null : number(value, path);

function object(value: unknown, path: string): Record<string, unknown> {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)
    : wrong(path, 'an object');
}

function list<T>(item: Check<T>): Check<T[]> {
  return (value, path) =>
    Array.isArray(value)
      ? value.map((entry, at) => item(entry, `${path}[${at}]`))
      : wrong(path, 'a list');
}

function named<T>(item: Check<T>): Check<Record<string, T>> {
  return (value, path) =>
    Object.fromEntries(
      Object.entries(object(value, path)).map(([name, entry]) => [
        name,
        item(entry, `${path}.${name}`),
      ]),
    );
}

function shape<F extends Record<string, Check<unknown>>>(
  fields: F,
): Check<{ [K in keyof F]: Checked<F[K]> }> {
  return (value, path) => {
    const record = object(value, path);
    const checked = Object.entries(fields).map(([name, check]) => [
      name,
      check(record[name], path === '' ? name : `${path}.${name}`),
    ]);
    return Object.fromEntries(checked) as { [K in keyof F]: Checked<F[K]> };
  };
}

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
