import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { deflateRawSync, constants } from 'node:zlib';

import { launchBrowser } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Page } from './lib/page.mjs';
import { Person } from './lib/person.mjs';
import { directChat } from './lib/scenes.mjs';
import { FORMAT_NAMES, hearsMessages, Sdk, texts } from './lib/sdk.mjs';
import { RawSocket, frame } from './lib/socket.mjs';
import { Stack, watchForHarm } from './lib/stack.mjs';

const BAD_REQUEST = 3501;
const PLAIN = { perMessageDeflate: false };
const NO_TAKEOVER = /^permessage-deflate; server_no_context_takeover; client_no_context_takeover$/;
const INBOUND_MAX_BYTES = 256 * 1024;
const TOO_LARGE = 4009;

let stack, assertUnharmed;
let anna, ben;
/** The chat of Anna and Ben. */
let id;

before(async () => {
  const env = {
    ROOKERY_HUB_TRANSPORT__WEBSOCKET_DEFLATE: 'true',
    ROOKERY_HUB_TRANSPORT__SDK_SSE: 'true',
  };
  stack = await Stack.start({ env });
  assertUnharmed = await watchForHarm(stack);
  [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  await Promise.all([anna, ben].map((person) => person.connect()));
  id = await directChat(anna, ben);
});

after(async () => {
  [anna, ben].forEach((person) => person?.disconnect());
  await stack?.stop();
});

/** As RFC 7692 has a message: a flushed block without its end. */
const deflate = (text) =>
  deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);

/** A socket of Anna's that hears the chat. */
async function listener(options) {
  const socket = await RawSocket.connected(stack, anna.api.token, options);
  await socket.call({ subscribe: { channel: `chat:${id}` } });
  return socket;
}

const pushed = ({ frames }) =>
  frames.map(({ push }) => push?.pub?.data?.message?.text).filter((text) => text !== undefined);

test('compression is negotiated, without memory of earlier messages', async () => {
  const offered = await RawSocket.open(stack);
  assert.match(offered.headers['sec-websocket-extensions'], NO_TAKEOVER);
  offered.close();
  const plain = await RawSocket.open(stack, PLAIN);
  assert.equal(plain.headers['sec-websocket-extensions'], undefined);
  plain.close();
});

test('large pushes come in fewer bytes, and say the same', async () => {
  const [small, plain] = [await listener(), await listener(PLAIN)];
  const read = (socket) => socket.socket._socket.bytesRead;
  const before = [small, plain].map(read);
  const sent = Array.from({ length: 5 }, (_, n) => `again and again ${n} `.repeat(60).trim());
  for (const text of sent) await ben.api.send(id, text);
  for (const socket of [small, plain]) {
    await eventually('the messages', () => pushed(socket).length === sent.length);
    assert.deepEqual(pushed(socket), sent);
  }
  const [fewer, more] = [small, plain].map((socket, n) => read(socket) - before[n]);
  assert.ok(fewer < more / 2, `${fewer} of ${more} bytes`);
  small.close();
  plain.close();
});

test('the official SDK does not notice', async (t) => {
  for (const format of FORMAT_NAMES) {
    const sdk = await Sdk.of(stack, anna, { format }).connect();
    t.after(() => sdk.close());
    const chat = await sdk.subscribe(`chat:${id}`);
    const sent = Array.from({ length: 5 }, (_, n) => `${format} ${n} `.repeat(50).trim());
    for (const text of sent) await ben.api.send(id, text);
    await hearsMessages(chat, sent.length);
    assert.deepEqual(texts(chat), sent);
    assert.deepEqual(sdk.closed, []);
  }
});

test('a client may deflate what it says, in fragments, too', async () => {
  const socket = await RawSocket.connected(stack, anna.api.token);
  const command = deflate(`{"id":50,"ping":{},"name":"${'x'.repeat(1_000)}"}`);
  socket.write(frame(0x41, command.subarray(0, 3)));
  socket.write(frame(0x89, 'between'));
  socket.write(frame(0x80, command.subarray(3)));
  await eventually('the reply', () => socket.frames.some((reply) => reply.id === 50));
  // Each message stands for itself.
  socket.write(frame(0xc1, deflate('{"id":51,"ping":{}}')));
  socket.write(frame(0x81, '{"id":52,"ping":{}}'));
  await eventually('the replies', () =>
    [51, 52].every((n) => socket.frames.some((reply) => reply.id === n)),
  );
  socket.close();
});

test('what cannot be inflated ends the connection', async () => {
  const bomb = deflate(' '.repeat(8 * 1024 * 1024));
  assert.ok(bomb.length < INBOUND_MAX_BYTES);
  const large = {
    'a bomb': frame(0xc1, bomb),
    'too much before it is inflated': frame(0xc1, deflate(randomBytes(INBOUND_MAX_BYTES + 1))),
    'one byte too much': frame(0xc1, deflate(' '.repeat(INBOUND_MAX_BYTES + 1))),
  };
  const frames = {
    'no deflate stream': frame(0xc1, [0xff, 0xff, 0xff, 0xff]),
    'inflated text that is none': frame(0xc1, deflate(Buffer.from([0x22, 0xff, 0x22]))),
    'a compressed continuation': Buffer.concat([frame(0x41, deflate('{}')), frame(0xc0, '')]),
    'a compressed control frame': frame(0xc9, deflate('ping')),
    'the second reserved bit': frame(0xa1, '{}'),
  };
  for (const [name, bytes] of Object.entries({ ...large, ...frames })) {
    const socket = await RawSocket.open(stack);
    socket.write(bytes);
    const code = await Promise.race([socket.closed, delay(15_000, 'still open', { ref: false })]);
    assert.equal(code, name in large ? TOO_LARGE : BAD_REQUEST, name);
  }
  const plain = await RawSocket.open(stack, PLAIN);
  plain.write(frame(0xc1, deflate('{"id":1,"ping":{}}')));
  assert.equal(await plain.closed, BAD_REQUEST, 'not negotiated');
});

test('a browser may use the SDK’s sse where an operator wants that', async (t) => {
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const page = await Page.open(browser, stack.publicUrl);
  await page.load('node_modules/centrifuge/dist/centrifuge.js');
  await page.run(
    ({ url, token, channel }) => {
      const client = new window.Centrifuge(
        [{ transport: 'sse', endpoint: `${url}/connection/sse` }],
        { emulationEndpoint: `${url}/emulation`, token },
      );
      window.client = client;
      window.heard = [];
      window.closed = [];
      client.on('disconnected', ({ code }) => window.closed.push(code));
      client.on('connected', ({ transport }) => (window.transport = transport));
      const subscription = client.newSubscription(channel);
      subscription.on('publication', ({ data }) => window.heard.push(data.message?.text));
      subscription.subscribe();
      client.connect();
      return subscription.ready(10_000);
    },
    { url: stack.hubUrl, token: anna.api.token, channel: `chat:${id}` },
  );
  assert.equal(await page.run(() => window.transport), 'sse');
  const sent = ['one', 'two', 'three'];
  for (const text of sent) await ben.api.send(id, text);
  const heard = () => page.run(() => window.heard.length >= 3 && window.heard);
  assert.deepEqual(await eventually('the messages', heard), sent);
  const ack = await page.run(
    (conversation) => window.client.rpc('ack', { conversation_id: conversation, seq: 1 }),
    id,
  );
  assert.deepEqual(ack.data, {});
});

test('whatever was said, everything still runs, and says so', () => assertUnharmed());
