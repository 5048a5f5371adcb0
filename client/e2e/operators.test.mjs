/** A hub alone, as operators and their tools meet it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, before, test } from 'node:test';

import { Backend } from './lib/backend.mjs';
import { eventually } from './lib/eventually.mjs';
import { callGrpc, texts } from './lib/grpc.mjs';
import { Hub } from './lib/hub.mjs';
import { Issuer } from './lib/issuer.mjs';
import { RawSocket } from './lib/socket.mjs';

const SECRET = 'x'.repeat(32);
const OK = 0;
const PERMISSION_DENIED = 7;
const READER = { key: 'the-reader', sha256: '' };
const issuer = new Issuer('HS256', SECRET);

const STANDALONE = `standalone.hmac_secret = "${SECRET}"`;
const CONFIG = `
${STANDALONE}
dashboard_api_key = "the-dashboard"
allowed_origins = "https://chat.example"
limits.per_address = 3
limits.trusted_proxies = ["127.0.0.0/8"]
namespaces.news = { kind = "sequenced", subscribe = "authenticated" }

[api_keys.reader]
scopes = ["read"]
sha256 = "{sha256}"
`;

let hub;

before(async () => {
  const { createHash } = await import('node:crypto');
  READER.sha256 = createHash('sha256').update(READER.key).digest('hex');
  hub = await Hub.start(CONFIG.replace('{sha256}', READER.sha256));
});

after(() => hub?.stop());

const connected = (user, options) => RawSocket.connected(hub, issuer.token(user), options);

test('a key without the scope changes nothing, by HTTP or by gRPC', async () => {
  const anna = await connected('anna');
  const methods = {
    Disconnect: { 1: 'anna' },
    Refresh: { 1: 'anna' },
    Revoke: { 1: 'anna' },
    Subscribe: { 1: 'news:1', 2: 'anna' },
    Publish: { 1: 'news:1', 2: '{}' },
  };
  const headers = { 'x-api-key': READER.key };
  for (const [method, fields] of Object.entries(methods)) {
    const options = { headers, message: texts(fields) };
    const status = await callGrpc(hub.grpcUrl, `rookery.hub.api.v1.Hub/${method}`, options);
    assert.equal(status, PERMISSION_DENIED, method);
  }
  const reader = new Backend(hub.backend.url, READER.key);
  assert.equal((await reader.call('disconnect', { user: 'anna' })).status, 403);
  const { connections } = await reader.do('connections', { user: 'anna' });
  assert.deepEqual(Object.values(connections)[0].channels, []);
  assert.ok((await anna.call({ ping: {} })).ping, 'the connection lives');
  assert.deepEqual((await reader.do('history', { channel: 'news:1' })).offset, 0);
  // With the scope the same call does it.
  const all = { headers: { 'x-api-key': hub.backend.key }, message: texts({ 1: 'anna' }) };
  assert.equal(await callGrpc(hub.grpcUrl, 'rookery.hub.api.v1.Hub/Disconnect', all), OK);
  assert.equal(await anna.closed, 3503);
});

test('the key of the dashboard reads statistics and nothing else', async () => {
  const dashboard = new Backend(hub.backend.url, 'the-dashboard');
  assert.equal((await dashboard.do('info')).nodes.length, 1);
  const headers = { 'x-api-key': dashboard.key };
  assert.equal((await fetch(`${hub.hubUrl}/metrics`, { headers })).status, 200);
  for (const method of ['connections', 'channels', 'history', 'presence', 'publish']) {
    const { status, body } = await dashboard.call(method, { channel: 'news:1', data: 1 });
    assert.deepEqual([status, body.code], [403, 'scope_missing'], method);
  }
});

test('an origin that cannot be is refused at the start, by name', async () => {
  for (const origins of ['*', 'https://*.chat.example', 'chat.example', 'https://a.example/b']) {
    const start = Hub.start(`${STANDALONE}\nallowed_origins = "${origins}"`);
    await assert.rejects(start, (error) => {
      assert.match(error.message, /allowed_origins/, origins);
      assert.ok(error.message.includes(origins), error.message);
      return true;
    });
  }
});

test('a page of another origin is told why it may not connect', async () => {
  const refused = async (path, headers = {}) => {
    const origin = 'https://evil.example';
    const response = await fetch(hub.hubUrl + path, { headers: { origin, ...headers } });
    const problem = await response.json();
    assert.deepEqual([response.status, problem.code], [403, 'origin_refused'], path);
    assert.ok(problem.detail.includes(origin) && problem.detail.includes('allowed_origins'));
  };
  await refused('/sse?topic=news:1');
  await refused('/connection/websocket');
  const upgrade = {
    origin: 'https://evil.example',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  const asked = request(`${hub.hubUrl}/connection/websocket`, { headers: upgrade }).end();
  const [response] = await once(asked, 'response');
  const body = (await response.toArray()).join('');
  assert.deepEqual([response.statusCode, JSON.parse(body).code], [403, 'origin_refused']);
  const own = new RawSocket(hub.socketUrl, { origin: 'https://chat.example' });
  assert.equal(await own.opened, 101);
  own.close();
});

test('methods, upgrades and media types are as HTTP says', async () => {
  const { url } = hub.backend;
  for (const at of [`${hub.hubUrl}/health/live`, `${hub.hubUrl}/health/ready`, `${url}/metrics`]) {
    const [get, head] = await Promise.all([fetch(at), fetch(at, { method: 'HEAD' })]);
    assert.deepEqual([head.status, await head.text()], [get.status, ''], at);
    await get.text();
  }
  const methods = [
    [`${hub.hubUrl}/health/live`, 'POST', 'GET, HEAD'],
    [`${hub.hubUrl}/sse/ticket`, 'GET', 'POST'],
    [`${hub.hubUrl}/connection/http_stream`, 'GET', 'POST'],
    [`${hub.hubUrl}/connection/websocket`, 'POST', 'GET'],
    [`${hub.hubUrl}/sse`, 'HEAD', 'GET'],
    [`${url}/api/publish`, 'GET', 'POST'],
    [`${url}/metrics`, 'DELETE', 'GET, HEAD'],
  ];
  for (const [at, method, allow] of methods) {
    const response = await fetch(at, { method });
    assert.deepEqual([response.status, response.headers.get('allow')], [405, allow], at);
    if (method !== 'HEAD') assert.equal((await response.json()).code, 'method_not_allowed');
  }
  const plain = await fetch(`${hub.hubUrl}/connection/websocket`);
  assert.deepEqual([plain.status, plain.headers.get('upgrade')], [426, 'websocket']);
  assert.equal((await plain.json()).code, 'upgrade_required');
  assert.equal((await fetch(`${hub.hubUrl}/nothing`)).status, 404);

  const ticket = { method: 'POST', headers: { authorization: `bearer ${issuer.token('anna')}` } };
  assert.equal((await fetch(`${hub.hubUrl}/sse/ticket`, ticket)).status, 200);
  const emulation = await fetch(`${hub.hubUrl}/emulation`, {
    method: 'POST',
    headers: { 'content-type': 'Application/JSON; charset=utf-8' },
    body: JSON.stringify({ node: 'gone', session: 'gone', data: '{}' }),
  });
  assert.equal((await emulation.json()).code, 'session_unknown', 'the media type is known');
});

test('every reason ends a connection, however many there were', async () => {
  for (let n = 0; n < 1_100; n += 1) {
    const disconnect = { code: 4001, reason: `reason ${n}` };
    await hub.backend.do('disconnect', { user: 'nobody', disconnect });
  }
  const anna = await connected('anna');
  const why = new Promise((resolve) => {
    anna.socket.on('close', (code, reason) => resolve([code, String(reason)]));
  });
  const disconnect = { code: 4001, reason: 'one more' };
  await hub.backend.do('disconnect', { user: 'anna', disconnect });
  assert.deepEqual(await why, [4001, 'one more']);
});

test('null is a field that is not set', async () => {
  const channel = 'news:null';
  const unset = { b64data: null, tags: null, skip_history: null, idempotency_key: null };
  const { offset } = await hub.backend.do('publish', { channel, data: {}, ...unset });
  assert.equal(offset, 1);
  const empty = { client: null, session: null, whitelist: null, disconnect: null };
  await hub.backend.do('disconnect', { user: 'nobody', ...empty });
  const commands = [{ history: { channel, limit: null, since: null } }, { info: null }];
  const { body } = await hub.backend.call('batch', { commands });
  assert.deepEqual(
    body.replies.map((reply) => Object.keys(reply)[0]),
    ['history', 'info'],
  );
});

test('a connection is listed with the encoding that it speaks', async () => {
  const anna = await connected('anna');
  const { connections } = await hub.backend.do('connections', { user: 'anna' });
  const [{ transport, protocol }] = Object.values(connections);
  assert.deepEqual([transport, protocol], ['websocket', 'json']);
  anna.close();
});

test('a history that is removed is gone, and positions go on', async () => {
  const channel = 'news:removed';
  for (const data of [1, 2]) await hub.backend.do('publish', { channel, data });
  const before = await hub.backend.do('history', { channel, limit: 10 });
  await hub.backend.do('history_remove', { channel });
  const after = await hub.backend.do('history', { channel, limit: 10 });
  assert.deepEqual(after, { ...before, publications: [] });
  assert.equal((await hub.backend.do('publish', { channel, data: 3 })).offset, 3);
  // Who missed what was removed is told so.
  const anna = await connected('anna');
  const subscribe = { channel, recover: true, epoch: before.epoch, offset: 1 };
  assert.equal((await anna.call({ subscribe })).subscribe.recovered, undefined);
  anna.close();
});

test('people behind a trusted proxy have places of their own', async () => {
  const behind = async (...hops) => {
    const headers = { 'x-forwarded-for': hops.join(', ') };
    const socket = new RawSocket(hub.socketUrl, { headers });
    return { socket, status: await socket.opened };
  };
  // What a client claims stands left of what the proxies saw.
  const first = await Promise.all([1, 2, 3].map(() => behind('192.0.2.1', '127.9.9.9')));
  assert.deepEqual(
    first.map(({ status }) => status),
    [101, 101, 101],
  );
  assert.equal((await behind('192.0.2.1', '127.9.9.9')).status, 429);
  assert.equal((await behind('203.0.113.9', '192.0.2.1')).status, 429, 'not whom it claims to be');
  const other = await behind('192.0.2.1', '198.51.100.7');
  assert.equal(other.status, 101);
  [...first, other].forEach(({ socket }) => socket.close());
});

test('a hangup ends nothing', async () => {
  const anna = await connected('anna');
  hub.signal('SIGHUP');
  await eventually('it is said', () => hub.output.includes('SIGHUP is ignored'));
  assert.ok((await anna.call({ ping: {} })).ping);
  anna.close();
});
