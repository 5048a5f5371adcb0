import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Backend, makeKey } from './lib/backend.mjs';
import { eventually } from './lib/eventually.mjs';
import { EventStream } from './lib/events.mjs';
import { Person } from './lib/person.mjs';
import { directChat, sendTo } from './lib/scenes.mjs';
import { RawSocket } from './lib/socket.mjs';
import { Stack, watchForHarm } from './lib/stack.mjs';

const READER = makeKey('reader', 'read');
const PUBLISHER = makeKey('publisher', 'publish');
/** Every kind and every number of the stream, as the dashboard relies on them. */
const SHAPE = {
  hub: 'string',
  version: 'string',
  at_ms: 'number',
  uptime_s: 'number',
  ready: 'boolean',
  connections: { websocket: 'number', http_stream: 'number', sse: 'number' },
  users: 'number',
  rooms: 'number',
  totals: Object.fromEntries(
    [
      'connects',
      'disconnects',
      'events',
      'deliveries',
      'repairs',
      'resets',
      'slow',
      'acks',
      'refused',
    ].map((name) => [name, 'number']),
  ),
  rates: Object.fromEntries(
    ['connects', 'disconnects', 'events', 'deliveries', 'commands'].map((name) => [
      `${name}_per_s`,
      'number',
    ]),
  ),
  latency_ms: { p50: 'number', p99: 'number', max: 'number' },
  queue_bytes: 'number',
  closes: [{ code: 'number', reason: 'string', count: 'number' }],
  top_rooms: [
    { topic: 'string', connections: 'number', events_per_s: 'number', deliveries_per_s: 'number' },
  ],
  slow: [],
  cores: {
    'core-1': {
      connected: 'boolean',
      published: 'number',
      published_per_s: 'number',
      receipts: 'number',
    },
  },
  pings: { announced: ['string'], answers: { 'core-1': 'number' }, failed: 'number' },
  verify: { in_flight: 'number', calls: 'number', failures: 'number' },
};

let stack, assertUnharmed;
let anna, ben, id;
/** Streams that a test opened. */
let streams;

before(async () => {
  stack = await Stack.start({ env: { ...READER.env, ...PUBLISHER.env } });
  assertUnharmed = await watchForHarm(stack);
  [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  await Promise.all([anna, ben].map((person) => person.connect()));
  id = await directChat(anna, ben);
  streams = [];
});

after(async () => {
  await Promise.all((streams ?? []).map((stream) => stream.close()));
  [anna, ben].forEach((person) => person?.disconnect());
  await stack?.stop();
});

async function watch(headers = {}) {
  const url = `${stack.hubUrl}/admin/sse`;
  const stream = await EventStream.open(url, { 'x-api-key': READER.key, ...headers });
  streams.push(stream);
  return stream;
}

const stats = (stream) =>
  stream.events.filter(({ event }) => event === 'stats').map(({ data }) => data);
const lifecycle = (stream) => stream.events.filter(({ event }) => event === 'lifecycle');
const happened = (stream, kind) => lifecycle(stream).find(({ data }) => data.kind === kind);

/** Asserts that a value has exactly this shape; lists by their first item, where both have one. */
function assertShape(value, shape, path) {
  if (typeof shape === 'string') {
    assert.equal(typeof value, shape, path);
  } else if (Array.isArray(shape)) {
    assert.ok(Array.isArray(value), path);
    if (shape.length && value.length) assertShape(value[0], shape[0], `${path}[0]`);
  } else {
    if (path !== '.cores' && path !== '.pings.answers') {
      assert.deepEqual(Object.keys(value).sort(), Object.keys(shape).sort(), path);
    }
    for (const [name, inner] of Object.entries(shape)) {
      assertShape(value[name], inner, `${path}.${name}`);
    }
  }
}

test('the admin sees every number, once a second', async () => {
  const socket = await RawSocket.connected(stack, anna.api.token);
  socket.close();
  const stream = await watch();
  await eventually(
    'the pings are over',
    () => Object.keys(stats(stream).at(-1)?.pings.answers ?? {}).length === 2,
    { withinMs: 15_000 },
  );
  const started = stats(stream).length;
  await sendTo(anna, id, 'counted', [ben]);
  const seen = await eventually('a second that saw it', () =>
    stats(stream)
      .slice(started)
      .find(({ rates }) => rates.events_per_s > 0),
  );
  assertShape(seen, SHAPE, '');
  assert.equal(seen.hub, 'hub');
  assert.equal(seen.ready, true);
  assert.ok(seen.connections.websocket >= 2 && seen.users === 2);
  assert.ok(seen.latency_ms.p50 > 0 && seen.latency_ms.p50 <= seen.latency_ms.p99);
  assert.ok(seen.latency_ms.p99 <= seen.latency_ms.max && seen.latency_ms.max < 5_000);
  assert.equal(seen.top_rooms[0].topic, `chat:${id}`);
  assert.ok(seen.top_rooms[0].deliveries_per_s > 0 && seen.top_rooms[0].connections === 2);
  assert.ok(seen.closes.some(({ code, count }) => code === 3000 && count > 0));
  assert.ok(seen.cores['core-1'].connected && seen.cores['core-2'].connected);
  assert.ok(seen.verify.calls >= 2 && seen.verify.in_flight === 0);
  const before = stats(stream).length;
  await eventually('three seconds more', () => stats(stream).length >= before + 3);
  const [first, ...rest] = stats(stream).slice(before);
  for (const next of rest) assert.ok(next.at_ms - first.at_ms >= 500);
  assert.equal(stats(stream).at(-1).rates.events_per_s, 0);
});

test('what happened is told from the beginning, and after the last one that was seen', async () => {
  const stream = await watch();
  await eventually('the start', () => happened(stream, 'hub_started'));
  await eventually('the cores', () => happened(stream, 'core_reachable'));
  await eventually('their streams', () => happened(stream, 'core_connected'));
  for (const { id: number, data } of lifecycle(stream)) {
    assert.match(number, /^\d+$/);
    assertShape(data, { at_ms: 'number', kind: 'string', text: 'string' }, 'lifecycle');
  }
  const last = lifecycle(stream).at(-1).id;
  const back = await watch({ 'last-event-id': last });
  const { ports } = await stack.process('hub');
  const admin = new Backend(`http://127.0.0.1:${ports.api}`, stack.adminKey);
  await admin.do('disconnect', { user: 'nobody-there' });
  const told = await eventually('the decision', () => happened(back, 'api'));
  assert.match(told.data.text, /^admin: disconnected 0 connections of user "nobody-there"/);
  assert.deepEqual(
    lifecycle(back).map(({ id: number }) => number),
    [told.id],
  );
  assert.ok(Number(told.id) > Number(last));
  await eventually('the other as well', () => happened(stream, 'api'));
});

test('a core that dies is seen, and its successor', async () => {
  const stream = await watch({ 'last-event-id': String(Date.now() + 1e6) });
  const back = await stack.kill('core-2');
  await eventually('the stream ended', () => happened(stream, 'core_disconnected'));
  assert.match(happened(stream, 'core_disconnected').data.text, /core-2/);
  await back();
  await eventually('the successor publishes', () => happened(stream, 'core_connected'));
  await eventually('and is counted', () => stats(stream).at(-1)?.cores['core-2'].connected);
  assertUnharmed = await watchForHarm(stack);
});

test('connections that lag are named', async () => {
  const lagging = await RawSocket.connected(stack, ben.api.token);
  lagging.socket._socket.pause();
  const stream = await watch();
  const text = 'x'.repeat(4_000);
  // On a loaded machine others may lag for a moment as well.
  const bens = (numbers) => numbers?.slow.find(({ user }) => user === ben.id);
  await eventually(
    'it is listed',
    async () => {
      await anna.api.send(id, text);
      return bens(stats(stream).at(-1));
    },
    { withinMs: 30_000 },
  );
  const seen = stats(stream).findLast(bens);
  const { transport, queued_bytes, ...rest } = bens(seen);
  assert.deepEqual(Object.keys(rest).sort(), ['client', 'user']);
  assert.equal(transport, 'websocket');
  assert.ok(queued_bytes > 0 && queued_bytes <= seen.queue_bytes);
  lagging.socket.terminate();
});

test('only who may look is let in', async () => {
  const url = `${stack.hubUrl}/admin/sse`;
  const rows = [
    [{}, 401, 'api_key_missing'],
    [{ 'x-api-key': `${READER.key}x` }, 401, 'api_key_invalid'],
    [{ authorization: `Bearer ${anna.api.token}` }, 401, 'api_key_missing'],
    [{ 'x-api-key': PUBLISHER.key }, 403, 'scope_missing'],
  ];
  for (const [headers, status, code] of rows) {
    const refused = await EventStream.open(url, headers);
    assert.deepEqual([refused.status, refused.body.code], [status, code]);
  }
  const refused = await EventStream.open(`${url}?x-api-key=${READER.key}`, {});
  assert.equal(refused.status, 401);
  const right = await EventStream.open(url, { authorization: `apikey ${READER.key}` });
  assert.equal(right.status, 200);
  await right.close();
});

test('the dashboard’s page may ask, and no other page', async () => {
  const url = `${stack.hubUrl}/admin/sse`;
  const origin = new URL(stack.publicUrl).origin;
  const preflight = await fetch(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'x-api-key,last-event-id',
    },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get('access-control-allow-origin'), origin);
  const allowed = preflight.headers.get('access-control-allow-headers');
  assert.match(allowed, /x-api-key/);
  assert.match(allowed, /last-event-id/);
  const right = await EventStream.open(url, { 'x-api-key': READER.key, origin });
  assert.equal(right.headers.get('access-control-allow-origin'), origin);
  await right.close();
  const refused = await EventStream.open(url, { 'x-api-key': `${READER.key}x`, origin });
  assert.equal(refused.headers.get('access-control-allow-origin'), origin, 'it can read why');
  const evil = { 'x-api-key': READER.key, origin: 'http://evil.example' };
  assert.equal((await EventStream.open(url, evil)).status, 403);
});

test('the hub takes leave', async () => {
  const stream = await watch({ 'last-event-id': String(Date.now() + 1e6) });
  await eventually('it is there', () => stats(stream).length > 0);
  await assertUnharmed();
  await stack.signal('hub', 'SIGTERM');
  await eventually('it says so', () => happened(stream, 'hub_leaving'));
});
