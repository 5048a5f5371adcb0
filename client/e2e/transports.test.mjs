import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { BlockingProxy } from './lib/blocking-proxy.mjs';
import { launchBrowser } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Page } from './lib/page.mjs';
import { Person } from './lib/person.mjs';
import { directChat } from './lib/scenes.mjs';
import { FORMAT_NAMES, hearsMessages, Sdk, texts } from './lib/sdk.mjs';
import { Stack, watchForHarm } from './lib/stack.mjs';

/** As the official SDK is told to try them. */
const FALLBACKS = ['websocket', 'http_stream'];
const STREAM = ['http_stream'];
const FRAME_BYTES = 256 * 1024;
const TOO_LARGE = 'x'.repeat(2 * FRAME_BYTES + 2048);

let stack, proxy, assertUnharmed;
let anna, ben;
/** The chat of Anna and Ben. */
let id;

before(async () => {
  stack = await Stack.start();
  proxy = await BlockingProxy.start(stack.hubUrl);
  [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  await Promise.all([anna, ben].map((person) => person.connect()));
  id = await directChat(anna, ben);
  assertUnharmed = await watchForHarm(stack);
});

after(async () => {
  [anna, ben].forEach((person) => person?.disconnect());
  await proxy?.stop();
  await stack?.stop();
});

/** Ben writes; returns the texts. */
async function write(count, topic) {
  const sent = Array.from({ length: count }, (_, n) => `${topic} ${n}`);
  for (const text of sent) await ben.api.send(id, text);
  return sent;
}

const VARIANTS = [
  { name: 'a WebSocket in JSON', by: 'websocket', url: () => stack.hubUrl },
  { name: 'a WebSocket in Protobuf', by: 'websocket', url: () => stack.hubUrl, format: 'protobuf' },
  { name: 'http_stream in JSON', by: 'http_stream', url: () => proxy.url },
  { name: 'http_stream in Protobuf', by: 'http_stream', url: () => proxy.url, format: 'protobuf' },
  { name: 'http_stream through nginx', by: 'http_stream', url: () => stack.publicUrl, only: true },
];

for (const { name, by, url, format, only } of VARIANTS) {
  test(`the official SDK does everything over ${name}`, async (t) => {
    const transports = only ? [by] : FALLBACKS;
    const sdk = new Sdk(url(), { token: anna.api.token, transports, format });
    t.after(() => sdk.close());
    const chat = await (await sdk.connect()).subscribe(`chat:${id}`);
    assert.equal(sdk.transport, by);
    const sent = await write(20, name);
    await hearsMessages(chat, sent.length);
    assert.deepEqual(texts(chat), sent);
    assert.deepEqual(await sdk.rpc('ack', { conversation_id: id, seq: 1 }), {});
    const heard = ben.chat(id).ephemeral.length;
    await sdk.publish(`chat:${id}`, { type: 'typing' });
    const typing = ({ type, user_id: userId }) => type === 'typing' && userId === anna.id;
    await eventually('Ben sees Anna type', () => ben.chat(id).ephemeral.slice(heard).some(typing));
    const { clients } = await chat.presence();
    const users = Object.values(clients).map(({ user }) => user);
    assert.ok(users.includes(anna.id) && users.includes(ben.id));
    chat.unsubscribe();
    const last = await write(1, `${name}, unheard`);
    await anna.hasChat(id, { seq: ben.chat(id).lastSeq });
    assert.ok(!texts(chat).includes(last[0]));
    assert.deepEqual(sdk.closed, []);
  });
}

test('a proxy that blocks WebSockets was asked for one first', () => {
  assert.ok(proxy.refused >= 2, `${proxy.refused} upgrades`);
});

test('without a close code, a stream says why it ends', async () => {
  const stranger = new Sdk(proxy.url, { token: 'a.b.c', transports: STREAM });
  stranger.client.connect();
  await eventually('it is told', () => stranger.closed.length > 0);
  assert.deepEqual(stranger.closed, [{ code: 3500 }]);

  const tablet = await anna.secondDevice();
  const sdk = await new Sdk(proxy.url, { token: tablet.api.token, transports: STREAM }).connect();
  await tablet.api.post('/auth/logout');
  await eventually('it is told', () => sdk.closed.length > 0);
  assert.equal(sdk.closed[0].code, 3014);
  sdk.close();
});

test('a restarted hub costs a stream no message', async (t) => {
  const chats = await Promise.all(
    FORMAT_NAMES.map(async (format) => {
      const { token } = anna.api;
      const sdk = await new Sdk(proxy.url, { token, transports: STREAM, format }).connect();
      t.after(() => sdk.close());
      return sdk.subscribe(`chat:${id}`, { recoverable: true });
    }),
  );
  const before = await write(5, 'before');
  await Promise.all(chats.map((chat) => hearsMessages(chat, before.length)));
  const isBack = await stack.kill('hub');
  const during = await write(5, 'meanwhile');
  await isBack();
  const sent = [...before, ...during, ...(await write(5, 'after'))];
  for (const chat of chats) {
    await hearsMessages(chat, sent.length);
    assert.deepEqual(texts(chat), sent);
    const [first, ...later] = chat.states;
    assert.ok(!first.wasRecovering && later.length > 0);
    assert.ok(later.every(({ wasRecovering, recovered }) => wasRecovering && recovered));
  }
  await eventually('everybody is back', () => [anna, ben].every((person) => person.settled), {
    withinMs: 20_000,
  });
  assertUnharmed = await watchForHarm(stack);
});

const post = (path, body, headers = { 'content-type': 'application/json' }) =>
  fetch(`${stack.hubUrl}${path}`, { method: 'POST', headers, body });

test('what speaks for no session is refused', async () => {
  const sdk = new Sdk(stack.hubUrl, { token: anna.api.token, transports: STREAM });
  const reply = new Promise((resolve) => sdk.client.on('connected', resolve));
  await sdk.connect();
  const { client } = await reply;
  const { _session: session, _node: node } = sdk.client;
  assert.match(session, /^[0-9a-f-]{36}$/);
  assert.notEqual(session, client);

  const data = '{"id":99,"ping":{}}';
  const json = (emulated) => JSON.stringify({ node, session, data, ...emulated });
  const rows = [
    [json({}), 204],
    [json({ session: randomUUID() }), 404],
    [json({ session: client }), 404],
    [json({ session: '' }), 404],
    [json({ session: '../../etc' }), 404],
    [json({ node: 'another' }), 404],
    [json({ data: 1 }), 400],
    ['', 400],
    ['{', 400],
    ['[]', 400],
    [json({ data: TOO_LARGE }), 413],
    [json({ data: 'x'.repeat(FRAME_BYTES + 1) }), 413],
  ];
  for (const [body, status] of rows) {
    const answer = await post('/emulation', body);
    assert.equal(answer.status, status, body.slice(0, 100));
    if (status !== 204) {
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    }
  }
  const plain = await post('/emulation', json({}), { 'content-type': 'text/plain' });
  assert.equal(plain.status, 415);
  assert.deepEqual(sdk.closed, []);

  // What is said for a session is held to the rules of one.
  assert.equal((await post('/emulation', json({ data: 'nonsense' }))).status, 204);
  await eventually('it is ended', () => sdk.closed.length > 0);
  assert.deepEqual(sdk.closed, [{ code: 3501 }]);
  await eventually(
    'it is forgotten',
    async () => (await post('/emulation', json({}))).status === 404,
  );
});

test('who floods a session with commands is put off', async () => {
  const sdk = await new Sdk(stack.hubUrl, { token: anna.api.token, transports: STREAM }).connect();
  const { _session: session, _node: node } = sdk.client;
  const data = Array.from({ length: 1_000 }, (_, n) => `{"id":${n + 10},"ping":{}}`).join('\n');
  await post('/emulation', JSON.stringify({ node, session, data }));
  await eventually('it is ended', () => sdk.closed.length > 0);
  assert.equal(sdk.closed[0].code, 3013);
  sdk.close();
});

test('what no client asks of a stream is refused', async () => {
  const rows = [
    ['/connection/http_stream', TOO_LARGE, 'application/json', 413],
    ['/connection/http_stream', '{}', 'text/plain', 415],
    ['/connection/http_stream', '{}', undefined, 415],
  ];
  for (const [path, body, type, status] of rows) {
    const headers = type ? { 'content-type': type } : {};
    const answer = await post(path, new Blob([body]), headers);
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  }
  for (const body of ['', 'garbage', '{"id":1,"ping":{}}']) {
    const answer = await post('/connection/http_stream', body);
    const said = await answer.text();
    assert.match(said, /"disconnect":\{"code":3501/, body);
  }
});

test('tokens in addresses are refused unless an operator wants them', async () => {
  const connect = JSON.stringify({ id: 1, connect: { token: anna.api.token } });
  const address = `${stack.hubUrl}/connection/sse?cf_connect=${encodeURIComponent(connect)}`;
  const answer = await fetch(address);
  assert.equal(answer.status, 403);
  assert.equal((await answer.json()).code, 'sdk_sse_off');
});

test('browsers are told which pages may ask, and those alone', async () => {
  const ask = (origin, method = 'OPTIONS', path = '/emulation') =>
    fetch(`${stack.hubUrl}${path}`, {
      method,
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
  const { origin } = new URL(stack.publicUrl);
  for (const path of ['/emulation', '/connection/http_stream', '/sse/ticket', '/sse']) {
    const { status, headers } = await ask(origin, 'OPTIONS', path);
    assert.equal(status, 204);
    assert.equal(headers.get('access-control-allow-origin'), origin);
    assert.equal(headers.get('access-control-allow-credentials'), 'true');
    assert.match(headers.get('access-control-allow-headers'), /content-type/);
    assert.match(headers.get('access-control-allow-methods'), /POST/);
    assert.match(headers.get('vary'), /origin/i);
  }
  for (const foreign of ['http://evil.example', 'null', `${origin}.evil.example`]) {
    for (const method of ['OPTIONS', 'POST']) {
      const { status, headers } = await ask(foreign, method);
      assert.equal(status, 403, foreign);
      assert.equal(headers.get('access-control-allow-origin'), null);
    }
  }
  const readable = await ask(origin, 'POST');
  assert.equal(readable.status, 415);
  assert.equal(readable.headers.get('access-control-allow-origin'), origin);
});

test('a browser falls back to http_stream', async (t) => {
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const page = await Page.open(browser, stack.publicUrl);
  await page.load('node_modules/centrifuge/dist/centrifuge.js');
  const refused = proxy.refused;
  await page.run(
    ({ url, token, channel }) => {
      const socket = url.replace(/^http/, 'ws');
      const client = new window.Centrifuge(
        [
          { transport: 'websocket', endpoint: `${socket}/connection/websocket` },
          { transport: 'http_stream', endpoint: `${url}/connection/http_stream` },
        ],
        { emulationEndpoint: `${url}/emulation`, token },
      );
      window.heard = [];
      client.on('connected', ({ transport }) => (window.transport = transport));
      const subscription = client.newSubscription(channel);
      subscription.on('publication', ({ data }) => window.heard.push(data.message?.text));
      subscription.subscribe();
      client.connect();
      return subscription.ready(10_000);
    },
    { url: proxy.url, token: anna.api.token, channel: `chat:${id}` },
  );
  assert.equal(await page.run(() => window.transport), 'http_stream');
  assert.ok(proxy.refused > refused);
  const sent = await write(3, 'to a browser');
  const heard = () =>
    page.run((count) => window.heard.length >= count && window.heard, sent.length);
  assert.deepEqual(await eventually('the messages', heard), sent);
});

test('whatever was said, everything still runs, and says so', () => assertUnharmed());
