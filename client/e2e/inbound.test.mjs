import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from './lib/eventually.mjs';
import { Hub } from './lib/hub.mjs';
import { fromNow, Issuer } from './lib/issuer.mjs';
import { Sdk } from './lib/sdk.mjs';
import { RawSocket } from './lib/socket.mjs';

const SECRET = 'a secret of thirty-two bytes, or more';
const PER_ADDRESS = 2;
/** Twice what may connect, and what a browser has in stock. */
const SOCKETS_PER_ADDRESS = 2 * PER_ADDRESS + 16;
const SOCKETS = 60;
/** A body has ten seconds, and so has the head of a request. */
const GONE_WITHIN_MS = 13_000;
const SUBSCRIPTIONS = 150;
const TOKEN_BYTES = 700;

const issuer = new Issuer('HS256', SECRET);
const namespaces = `
  standalone.hmac_secret = "${SECRET}"
  namespaces.news = { kind = "sequenced" }`;

let limited, open;

before(async () => {
  [limited, open] = await Promise.all([
    Hub.start(`limits.per_address = ${PER_ADDRESS}\n${namespaces}`),
    Hub.start(
      `connection.subscriptions = 200
       limits.inbound_bytes = 1048576
       ${namespaces}`,
    ),
  ]);
});

after(() => Promise.all([limited?.stop(), open?.stop()]));

/** A socket on which nothing but this is said, and a byte now and then. */
function trickle(hub, head, from) {
  const { port } = new URL(hub.hubUrl);
  const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress: from });
  socket.answer = '';
  socket.on('data', (data) => (socket.answer += data));
  socket.on('error', () => undefined);
  socket.write(head.replaceAll('\n', '\r\n'));
  const dripping = setInterval(() => socket.writable && socket.write(' '), 1_000);
  socket.ended = new Promise((ended) => socket.once('close', ended)).then(() =>
    clearInterval(dripping),
  );
  return socket;
}

const post = (path, headers = '') =>
  `POST ${path} HTTP/1.1\nHost: hub\nContent-Type: application/json\nContent-Length: 500\n${headers}\n`;

const HEADS = {
  http_stream: post('/connection/http_stream'),
  emulation: post('/emulation'),
  ticket: post('/sse/ticket', `Authorization: Bearer ${issuer.token('anna')}\n`),
  'no such route': post('/nowhere'),
  'half a request': 'GET /health/live HTTP/1.1\nHost: hub\nX-Slow: ',
  'half a second request':
    'GET /health/live HTTP/1.1\nHost: hub\n\nGET /health/live HTTP/1.1\nHost: hub\nX-Slow: ',
};

test('a request that trickles is not waited for, whatever it asks', async () => {
  const sockets = Object.entries(HEADS).flatMap(([name, head], kind) =>
    Array.from({ length: SOCKETS / 6 }, (_, n) => {
      const socket = trickle(limited, head, `127.0.${kind + 1}.${n + 1}`);
      return Object.assign(socket, { name });
    }),
  );
  const metrics = await limited.backend.metrics();
  assert.ok(metrics.rookery_hub_sockets > 0, 'they are counted');
  const late = delay(GONE_WITHIN_MS, 'late', { ref: false });
  for (const socket of sockets) {
    assert.notEqual(await Promise.race([socket.ended, late]), 'late', socket.name);
  }
  const bodies = sockets.filter(({ name }) =>
    ['http_stream', 'emulation', 'ticket'].includes(name),
  );
  for (const { answer, name } of bodies) assert.match(answer, /^HTTP\/1.1 408 /, name);
  await eventually(
    'their places are free',
    async () => (await limited.backend.metrics()).rookery_hub_sockets === 0,
  );
});

test('one address has so many sockets and no more, whatever they are for', async () => {
  const sockets = Array.from({ length: SOCKETS }, () => trickle(limited, HEADS.http_stream));
  const open = () => sockets.filter(({ closed }) => !closed);
  await eventually('most are refused', () => open().length <= SOCKETS_PER_ADDRESS);
  // A place among connections is taken before the body comes.
  const told = () => sockets.filter(({ answer }) => answer.startsWith('HTTP/1.1 429 '));
  await eventually('all but two are refused', () => open().length <= PER_ADDRESS, {
    withinMs: 10_000,
  });
  // A reset may overtake the words of some.
  assert.ok(told().length > 0, 'they are told');
  sockets.forEach((socket) => socket.destroy());
  await eventually(
    'their places are free',
    async () => (await limited.backend.metrics()).rookery_hub_sockets === 0,
  );
});

test('a client with many subscriptions and long tokens comes back with all of them', async () => {
  const token = issuer.token('anna');
  const sdk = new Sdk(open.hubUrl, { token });
  const subscriptions = Array.from({ length: SUBSCRIPTIONS }, (_, n) => {
    const channel = `news:${n}`;
    const bare = issuer.ticket('anna', channel);
    const padding = 'x'.repeat(Math.ceil(((TOKEN_BYTES - bare.length) * 3) / 4));
    return sdk.open(channel, { token: issuer.ticket('anna', channel, { padding }) });
  });
  await sdk.connect();
  await Promise.all(subscriptions.map((subscription) => subscription.ready(10_000)));
  await sdk.reconnect();
  await Promise.all(subscriptions.map((subscription) => subscription.ready(10_000)));
  assert.deepEqual(
    sdk.closed.map(({ code }) => code).filter((code) => code > 3_000),
    [],
  );
  sdk.close();
});

test('large frames of strangers have a bound together, and small ones get through', async () => {
  const strangers = await Promise.all(Array.from({ length: 20 }, () => RawSocket.open(open)));
  // A frame of 250 000 bytes of which all but the last come.
  const head = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 3, 0xd0, 0x90, 0, 0, 0, 0]);
  const most = Buffer.concat([head, Buffer.alloc(249_999, 0x20)]);
  strangers.forEach((socket) => socket.write(most));
  const metric = async () => (await open.backend.metrics()).rookery_hub_inbound_bytes;
  await eventually('some are sent away', async () => {
    const codes = strangers.filter(({ socket }) => socket.readyState === 3);
    return codes.length > 10;
  });
  assert.ok((await metric()) <= 1_048_576);
  const honest = await RawSocket.connected(open, issuer.token('ben', { exp: fromNow(60) }));
  assert.ok((await honest.call({ ping: {} })).ping);
  strangers.forEach(({ socket }) => socket.terminate());
  await eventually('everything is given back', async () => (await metric()) === 0);
  honest.close();
});
