import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { CentClient, CentException } from 'cent.js';

import { Backend, makeKey, readMetrics } from './lib/backend.mjs';
import { eventually } from './lib/eventually.mjs';
import { Listener } from './lib/listener.mjs';
import { Person } from './lib/person.mjs';
import { directChat, sendTo } from './lib/scenes.mjs';
import { Stack, watchForHarm } from './lib/stack.mjs';

const PUBLISHER = makeKey('publisher', 'publish');
const MANAGER = makeKey('manager', 'manage', 'read', 'content', 'publish');
const READER = makeKey('reader', 'read');
const BODY_MAX_BYTES = 4 * 1024 * 1024;

let stack, assertUnharmed;
/** Where back-ends call. */
let apiUrl;
let anna, ben;
/** Anna's device, which listens; made anew for each test. */
let listener;
let manager;

before(async () => {
  stack = await Stack.start({
    env: {
      ...PUBLISHER.env,
      ...MANAGER.env,
      ...READER.env,
      ROOKERY_HUB_NAMESPACES__NEWS__KIND: 'sequenced',
      ROOKERY_HUB_NAMESPACES__NEWS__SUBSCRIBE: 'authenticated',
      ROOKERY_HUB_NAMESPACES__NEWS__PRESENCE: 'full',
      ROOKERY_HUB_NAMESPACES__LIVE__KIND: 'ephemeral',
      ROOKERY_HUB_NAMESPACES__LIVE__SUBSCRIBE: 'nobody',
    },
  });
  assertUnharmed = await watchForHarm(stack);
  [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  await Promise.all([anna, ben].map((person) => person.connect()));
  apiUrl = `http://127.0.0.1:${(await stack.process('hub')).ports.api}`;
  manager = backend(MANAGER);
});

after(async () => {
  [anna, ben].forEach((person) => person?.disconnect());
  await stack?.stop();
});

const backend = ({ key }) => new Backend(apiUrl, key);

/** A test with a device of Anna's that nobody else has heard on. */
function listening(name, act) {
  test(name, async () => {
    listener = await Listener.connected(stack.socketUrl, { token: anna.api.token });
    try {
      await act();
    } finally {
      listener.disconnect();
    }
  });
}

listening('a library for Centrifugo publishes to the official SDK', async () => {
  const cent = new CentClient({ url: `${apiUrl}/api`, apiKey: PUBLISHER.key });
  await listener.subscribe('news:a');
  const first = await cent.publish({ channel: 'news:a', data: { n: 1 }, tags: { lang: 'en' } });
  const second = await cent.publish({ channel: 'news:a', data: 'plain "text"' });
  assert.deepEqual([first.offset, second.offset], [1, 2]);
  assert.equal(first.epoch, second.epoch);
  await eventually('both arrive', () => listener.heard('news:a').length === 2);
  const [one, other] = listener.of('publication', 'news:a');
  assert.deepEqual([one.data, one.offset, one.tags], [{ n: 1 }, 1, { lang: 'en' }]);
  assert.deepEqual([other.data, other.offset], ['plain "text"', 2]);
  await assert.rejects(cent.publish({ channel: 'unknown:a', data: {} }), CentException);
  const piped = await cent.pipeline([
    { method: 'publish', params: { channel: 'news:a', data: { n: 3 } } },
    { method: 'publish', params: { channel: 'news:b', data: {} } },
  ]);
  assert.deepEqual(
    piped.map(({ offset }) => offset),
    [3, 1],
  );
});

listening('what was missed is recovered', async () => {
  const subscription = await listener.subscribe('news:recovery', { recoverable: true });
  await manager.do('publish', { channel: 'news:recovery', data: 1 });
  await eventually('the first arrives', () => listener.heard('news:recovery').length === 1);
  listener.disconnect();
  for (const data of [2, 3]) await manager.do('publish', { channel: 'news:recovery', data });
  await listener.connect();
  await subscription.ready(15_000);
  await eventually('all are there', () => listener.heard('news:recovery').length === 3);
  assert.deepEqual(listener.heard('news:recovery'), [1, 2, 3]);
  assert.ok(listener.of('subscribed', 'news:recovery').at(-1).recovered);
});

listening('a broadcast reaches every channel that exists', async () => {
  await Promise.all(['news:c', 'news:d'].map((channel) => listener.subscribe(channel)));
  const channels = ['news:c', 'unknown:c', 'news:d', `chat:${anna.id}`];
  const { responses } = await manager.do('broadcast', { channels, data: { to: 'all' } });
  assert.deepEqual(
    responses.map(({ error }) => error?.code),
    [undefined, 102, undefined, 108],
  );
  assert.deepEqual([responses[0].result.offset, responses[2].result.offset], [1, 1]);
  for (const channel of ['news:c', 'news:d']) {
    await eventually(channel, () => listener.heard(channel).length === 1);
  }
});

listening('a publication is published once, and no older version after a newer one', async () => {
  const channel = 'news:once';
  await listener.subscribe(channel);
  const once = { channel, data: 'once', idempotency_key: 'k1' };
  const answers = await Promise.all([1, 2, 3].map(() => manager.do('publish', once)));
  assert.deepEqual(
    answers.map(({ offset }) => offset),
    [1, 1, 1],
  );
  for (const [version, version_epoch] of [
    [7, 'a'],
    [6, 'a'],
    [7, 'a'],
    [8, 'a'],
    [1, 'b'],
  ]) {
    await manager.do('publish', { channel, data: version, version, version_epoch });
  }
  await manager.do('publish', { channel, data: 'last' });
  await eventually('the last arrives', () => listener.heard(channel).at(-1) === 'last');
  assert.deepEqual(listener.heard(channel), ['once', 7, 8, 1, 'last']);
});

listening('what skips the history arrives without a place', async () => {
  const channel = 'news:skip';
  await listener.subscribe(channel);
  const answer = await manager.do('publish', { channel, data: 'now', skip_history: true });
  assert.deepEqual(answer, {});
  await eventually('it arrives', () => listener.heard(channel).length === 1);
  assert.equal(listener.of('publication', channel)[0].offset, undefined);
  const b64data = Buffer.from('{"by": "base64"}').toString('base64');
  await manager.do('publish', { channel, b64data });
  await eventually('the next', () => listener.heard(channel).length === 2);
  const { publications, offset } = await manager.do('history', { channel, limit: 9 });
  assert.deepEqual(
    publications.map(({ data }) => data),
    [{ by: 'base64' }],
  );
  assert.equal(offset, 1);
});

test('nobody publishes into what a core logs', async () => {
  const id = await directChat(anna, ben);
  const forged = { type: 'message.posted', message: { seq: 1, text: 'forged' } };
  for (const channel of [`chat:${id}`, `user:${anna.id}`, 'control']) {
    const { status, body } = await manager.call('publish', { channel, data: forged });
    assert.equal(status, 200);
    assert.equal(body.error.code, 108, channel);
    assert.match(body.error.message, /core/);
  }
  await sendTo(ben, id, 'genuine', [anna]);
  assert.deepEqual(
    anna.chat(id).messages.map(({ text }) => text),
    ['genuine'],
  );
  assert.deepEqual(anna.violations, []);
  const { publications, offset } = await manager.do('history', {
    channel: `chat:${id}`,
    limit: 1,
    reverse: true,
  });
  assert.equal(publications[0].data.message.text, 'genuine');
  assert.equal(publications[0].offset, offset);
});

listening('the server subscribes and unsubscribes a connection', async () => {
  const channel = 'live:server';
  const someone = { channel, user: anna.id, client: listener.id };
  await manager.do('subscribe', { ...someone, data: { welcome: true } });
  await eventually('subscribed', () => listener.of('subscribed', channel).length === 1);
  assert.deepEqual(listener.of('subscribed', channel)[0].data, { welcome: true });
  await manager.do('publish', { channel, data: 'here' });
  await eventually('it arrives', () => listener.heard(channel).length === 1);
  assert.ok(listener.of('publication', channel)[0].byServer);
  await manager.do('unsubscribe', someone);
  await eventually('unsubscribed', () => listener.of('unsubscribed', channel).length === 1);
  await manager.do('publish', { channel, data: 'gone' });
  await manager.do('subscribe', someone);
  await manager.do('publish', { channel, data: 'back' });
  await eventually('it is back', () => listener.heard(channel).at(-1) === 'back');
  assert.deepEqual(listener.heard(channel), ['here', 'back']);
});

listening('the server ends a subscription that the client made', async () => {
  const subscription = await listener.subscribe('news:own');
  await manager.do('unsubscribe', { channel: 'news:own', client: listener.id });
  await eventually('it ended', () => subscription.state === 'unsubscribed');
  assert.equal(listener.of('unsubscribed', 'news:own')[0].code, 2000);
  const logged = await manager.call('subscribe', { channel: `chat:${anna.id}`, user: anna.id });
  assert.equal(logged.body.error.code, 108);
});

listening('a server-side subscription begins where the caller says', async () => {
  const channel = 'news:since';
  const { epoch } = await manager.do('publish', { channel, data: 1 });
  for (const data of [2, 3]) await manager.do('publish', { channel, data });
  const recover_since = { offset: 1, epoch };
  await manager.do('subscribe', { channel, client: listener.id, recover_since });
  await eventually('what was missed', () => listener.heard(channel).length === 2);
  assert.deepEqual(listener.heard(channel), [2, 3]);
  await manager.do('unsubscribe', { channel, client: listener.id });
});

listening('connections are ended with the code that the server gives', async () => {
  const stays = await Listener.connected(stack.socketUrl, { token: anna.api.token });
  const disconnect = { code: 4501, reason: 'moved to another plan' };
  await manager.do('disconnect', { user: anna.id, whitelist: [stays.id], disconnect });
  await eventually('it ended', () => listener.client.state === 'disconnected');
  const { code, reason } = listener.of('disconnected')[0];
  assert.deepEqual({ code, reason }, disconnect);
  assert.equal(stays.client.state, 'connected');
  await manager.do('disconnect', { client: stays.id });
  await eventually('for good', () => stays.client.state === 'disconnected');
  assert.equal(stays.of('disconnected')[0].code, 3503);
  const device = await eventually('Anna is back', async () => {
    const { connections } = await manager.do('connections', { user: ben.id });
    return Object.values(connections)[0];
  });
  await manager.do('disconnect', {
    session: device.session,
    disconnect: { code: 3001, reason: '' },
  });
  await eventually('Ben comes back', () => ben.closed.length > 0 && ben.settled);
  assert.equal(ben.closed.at(-1).code, 3001);
});

listening('a close that clients would misunderstand is refused', async () => {
  const refused = [
    { code: 1000, reason: 'x' },
    { code: 70_000, reason: 'x' },
    { code: 4000, reason: '"quoted"' },
    { code: 4000, reason: '{}' },
    { code: 4000, reason: 'x'.repeat(124) },
  ];
  for (const disconnect of refused) {
    const { body } = await manager.call('disconnect', { user: anna.id, disconnect });
    assert.equal(body.error?.code, 107, JSON.stringify(disconnect));
  }
  for (const [method, params] of [
    ['disconnect', {}],
    ['refresh', {}],
    ['unsubscribe', { channel: 'news:a' }],
  ]) {
    const { body } = await manager.call(method, params);
    assert.equal(body.error?.code, 107, `${method} of everybody`);
  }
  assert.equal(listener.client.state, 'connected');
});

listening('an expiry is moved', async () => {
  const client = listener.id;
  await manager.do('refresh', { client, expired: true });
  await eventually('it comes back with a token', () => listener.of('connected').length === 2);
  assert.equal(listener.of('connecting').at(-1).code, 3005);
  const expire_at = Math.floor(Date.now() / 1000) + 1;
  await manager.do('refresh', { client: listener.id, expire_at });
  await eventually('and again', () => listener.of('connected').length === 3);
  assert.equal(listener.of('connecting').at(-1).code, 3005);
});

listening('a session is revoked', async () => {
  const tablet = await (await ben.secondDevice()).connect();
  const { connections } = await manager.do('connections', { user: ben.id });
  const session = JSON.parse(atob(tablet.api.token.split('.')[1])).sid;
  assert.ok(Object.values(connections).some((connection) => connection.session === session));
  await manager.do('revoke', { sessions: [session] });
  await eventually('it ended', () => tablet.closed.some(({ code }) => code === 3014));
  tablet.disconnect();
  assert.equal(listener.client.state, 'connected');
});

listening('the server sees who is where', async () => {
  const reader = backend(READER);
  const channel = 'news:seen';
  await listener.subscribe(channel);
  const other = await Listener.connected(stack.socketUrl, { token: ben.api.token });
  await other.subscribe(channel);
  const { presence } = await reader.do('presence', { channel });
  assert.deepEqual(presence[listener.id], { user: anna.id, client: listener.id });
  assert.deepEqual(presence[other.id], { user: ben.id, client: other.id });
  assert.deepEqual(await reader.do('presence_stats', { channel }), {
    num_clients: 2,
    num_users: 2,
  });
  assert.deepEqual((await reader.do('channels', { pattern: 'news:se?n' })).channels, {
    [channel]: { num_clients: 2 },
  });
  // The official library `cent` always says an expression.
  const { connections } = await reader.do('connections', { user: anna.id, expression: '' });
  const sought = await reader.call('connections', { expression: 'client.name == "x"' });
  assert.equal(sought.body.error?.code, 107);
  const { user, transport, channels } = connections[listener.id];
  assert.deepEqual({ user, transport }, { user: anna.id, transport: 'websocket' });
  assert.ok(channels.includes(channel));
  other.disconnect();
  await eventually('one has gone', async () => {
    const { num_clients } = await reader.do('presence_stats', { channel });
    return num_clients === 1;
  });
  const { nodes } = await reader.do('info');
  assert.equal(nodes.length, 1);
  assert.equal(nodes[0].name, 'hub');
  assert.ok(nodes[0].num_clients >= 2 && nodes[0].num_users >= 2 && nodes[0].num_channels > 0);
  assert.deepEqual(await reader.do('presence', { channel: 'news:nobody' }), { presence: {} });
});

test('history is read in both directions', async () => {
  const channel = 'news:history';
  assert.equal((await manager.do('history', { channel })).offset, 0);
  for (const data of [1, 2, 3]) await manager.do('publish', { channel, data });
  const read = async (params) => {
    const { publications } = await manager.do('history', { channel, ...params });
    return publications.map(({ data }) => data);
  };
  const { epoch, offset, publications } = await manager.do('history', { channel });
  assert.deepEqual([offset, publications], [3, []]);
  assert.deepEqual(await read({ limit: 2 }), [1, 2]);
  assert.deepEqual(await read({ limit: 2, reverse: true }), [3, 2]);
  assert.deepEqual(await read({ limit: -1, since: { offset: 1, epoch } }), [2, 3]);
  assert.deepEqual(await read({ limit: 9, since: { offset: 3, epoch }, reverse: true }), [2, 1]);
  const since = { offset: 1, epoch: 'another' };
  const foreign = await manager.call('history', { channel, limit: 1, since });
  assert.equal(foreign.body.error.code, 112);
  for (const [method, params] of [
    ['history', { limit: 1 }],
    ['presence', {}],
    ['presence_stats', {}],
  ]) {
    await manager.do('subscribe', { channel: 'live:none', user: ben.id });
    const { body } = await manager.call(method, { channel: 'live:none', ...params });
    assert.equal(body.error?.code, 108, method);
  }
});

test('a batch is carried out in order, each command by its own right', async () => {
  const commands = [
    { publish: { channel: 'news:batch', data: 1 } },
    { publish: { channel: 'unknown:batch', data: 2 } },
    { disconnect: { user: anna.id } },
    { dance: {} },
    { publish: { channel: 'news:batch', data: 3 }, info: {} },
    { publish: { channel: 'news:batch', data: 4 } },
    { publish: [] },
  ];
  const { status, body } = await backend(PUBLISHER).call('batch', { commands });
  assert.equal(status, 200);
  const codes = body.replies.map((reply) => reply.error?.code ?? reply.publish.offset);
  assert.deepEqual(codes, [1, 102, 103, 104, 107, 2, 107]);
  assert.match(body.replies[2].error.message, /manage/);
  const parallel = { commands: commands.slice(0, 1), parallel: true };
  const answer = await backend(PUBLISHER).call('batch', parallel);
  assert.equal(answer.body.replies[0].publish.offset, 3);
});

test('nobody comes in without a key, nor by a key that is for something else', async () => {
  const call = { channel: 'news:attack', data: 1 };
  const doors = [
    [{}, 401, 'api_key_missing'],
    [{ 'x-api-key': '' }, 401, 'api_key_invalid'],
    [{ 'x-api-key': `${PUBLISHER.key}x` }, 401, 'api_key_invalid'],
    [{ 'x-api-key': PUBLISHER.key.slice(0, -1) }, 401, 'api_key_invalid'],
    [{ authorization: `Bearer ${PUBLISHER.key}` }, 401, 'api_key_missing'],
    [{ authorization: `Bearer ${anna.api.token}` }, 401, 'api_key_missing'],
    [{ cookie: `x-api-key=${PUBLISHER.key}` }, 401, 'api_key_missing'],
    [{ 'x-api-key': READER.key }, 403, 'scope_missing'],
  ];
  for (const [headers, status, code] of doors) {
    const answer = await manager.call('publish', call, headers);
    assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(headers));
    assert.match(answer.type, /problem\+json/);
  }
  const byQuery = await fetch(`${apiUrl}/api/publish?api_key=${PUBLISHER.key}`, {
    method: 'POST',
    body: JSON.stringify(call),
  });
  assert.equal(byQuery.status, 401);
  const scoped = await backend(PUBLISHER).call('disconnect', { user: anna.id });
  assert.equal(scoped.status, 403);
  assert.match(scoped.body.detail, /`manage`/);
  for (const headers of [
    { authorization: `apikey ${PUBLISHER.key}` },
    { 'X-API-Key': stack.adminKey },
  ]) {
    assert.equal((await manager.call('publish', call, headers)).status, 200);
  }
  const { offset } = await manager.do('history', { channel: 'news:attack' });
  assert.equal(offset, 2, 'nothing else was published');
});

test('the server API is not where clients are', async () => {
  for (const url of [stack.hubUrl, stack.publicUrl]) {
    const answer = await new Backend(url, MANAGER.key).call('publish', {
      channel: 'news:a',
      data: 1,
    });
    assert.equal(answer.status, 404, url);
  }
});

test('what is no request is refused', async () => {
  const text = (length) => JSON.stringify({ channel: 'news:a', data: 'x'.repeat(length) });
  const bodies = {
    nothing: ['', 400],
    garbage: ['hello', 400],
    'half an object': ['{"channel": "news:a"', 400],
    'a list': ['["news:a", {}]', 400],
    'another type': ['{"channel": 7, "data": {}}', 400],
    'deep nesting': [`{"channel": "news:a", "data": ${'['.repeat(200_000)}`, 400],
    'no UTF-8': [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400],
    'too much': [text(BODY_MAX_BYTES), 413],
  };
  for (const [name, [body, status]] of Object.entries(bodies)) {
    const answer = await manager.post('/api/publish', body);
    assert.equal(answer.status, status, name);
    assert.match(answer.type, /problem\+json/, name);
  }
  const errors = [
    [{ data: 1 }, 107],
    [{ channel: '', data: 1 }, 107],
    [{ channel: 'news:a' }, 107],
    [{ channel: 'x'.repeat(256), data: 1 }, 107],
    [{ channel: 'unknown:a', data: 1 }, 102],
    [{ channel: 'news:a', data: 'x'.repeat(65_536) }, 106],
    [{ channel: 'news:a', b64data: '***' }, 107],
    [{ channel: 'news:a', b64data: 'bm8ganNvbg==' }, 107],
    [{ channel: 'news:a', data: 1, idempotency_key: 'x'.repeat(1_000) }, 107],
    [{ channel: 'feed', data: { topic: 'chat:x' } }, 108],
  ];
  for (const [params, code] of errors) {
    const { status, body } = await manager.call('publish', params);
    assert.deepEqual([status, body.error?.code], [200, code], JSON.stringify(params).slice(0, 80));
  }
  assert.equal((await manager.call('dance')).status, 404);
  const wrong = await fetch(`${apiUrl}/api/info`);
  assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'POST']);
});

test('Prometheus reads the metrics inside, and outside with a key', async () => {
  const metrics = await manager.metrics();
  assert.ok(metrics['rookery_hub_connections{transport="websocket"}'] >= 1);
  assert.ok(metrics['rookery_hub_publications_total'] > 0);
  assert.ok(metrics['rookery_hub_delivery_latency_seconds_count'] > 0);
  assert.ok(metrics['rookery_hub_api_requests_total{method="publish",outcome="done"}'] > 0);
  assert.ok(metrics['rookery_hub_api_requests_total{method="publish",outcome="failed"}'] > 0);
  assert.ok(metrics['rookery_hub_api_requests_total{method="publish",outcome="refused"}'] > 0);
  assert.ok(metrics['rookery_hub_api_keys_refused_total'] >= 9);
  assert.ok(metrics['rookery_hub_closes_total{code="4501",reason="moved to another plan"}'] === 2);
  assert.ok(metrics['rookery_hub_verify_calls_total'] > 0);
  assert.ok(metrics['process_resident_memory_bytes'] > 1e6);
  assert.ok(metrics['process_cpu_seconds_total'] > 0);
  const outside = (headers) => fetch(`${stack.hubUrl}/metrics`, { headers });
  assert.equal((await outside({})).status, 401);
  assert.equal((await outside({ 'x-api-key': PUBLISHER.key })).status, 403);
  const shown = await outside({ 'x-api-key': READER.key });
  assert.match(shown.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
  assert.ok(readMetrics(await shown.text())['rookery_hub_rooms'] > 0);
});

test('no secret and no message is in the log', async () => {
  const secrets = [
    PUBLISHER.key,
    MANAGER.key,
    READER.key,
    stack.adminKey,
    anna.api.token,
    ben.api.token,
    'genuine',
    'plain \\"text',
    'by": "base64',
  ];
  const log = await stack.log('hub');
  assert.match(log, /API call refused/);
  for (const secret of secrets) assert.ok(!log.includes(secret), secret);
  await assertUnharmed();
});
