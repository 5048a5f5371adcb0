import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { directChat, sendTo } from './lib/scenes.mjs';
import { assertRefused, closesWith, frame, RawSocket } from './lib/socket.mjs';
import { Stack, watchForHarm } from './lib/stack.mjs';

/** One more than the hub takes in one message. */
const FRAME_TOO_LARGE = 256 * 1024 + 1;

const BAD_REQUEST = 3501;
/** The client comes back: what it said in one frame may be cut into several. */
const TOO_LARGE = 4009;
const TOO_MANY_REQUESTS = 3013;
const STALE = 3502;

let stack, assertUnharmed;
let anna, ben;
/** A direct chat of Anna and Ben, and a group of Ben's own. */
let direct, bens;
/** A socket on which nothing is ever said. */
let silent;

before(async () => {
  stack = await Stack.start();
  assertUnharmed = await watchForHarm(stack);
  silent = await RawSocket.open(stack);
  [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  await Promise.all([anna, ben].map((person) => person.connect()));
  direct = await directChat(anna, ben);
  bens = (await ben.api.createGroup('Not for Anna', [])).id;
});

after(async () => {
  [anna, ben].forEach((person) => person?.disconnect());
  await stack?.stop();
});

test('a frame that no client sends ends the connection for good', async () => {
  const frames = {
    garbage: 'hello',
    'an empty frame': '',
    'white space': ' \n ',
    'half a command': '{"id": 2, "ping": {',
    'a command and garbage': '{"id": 2, "ping": {}} nonsense',
    'another type': '7',
    'a list of values': '[]',
    'an id that is none': '{"id": "two", "ping": {}}',
    'a negative id': '{"id": -2, "ping": {}}',
    'an id that is too large': '{"id": 4294967296, "ping": {}}',
    'a command of another type': '{"id": 2, "subscribe": "chat"}',
    'deep nesting': '{"id": 2, "rpc": {"data": '.padEnd(60_000, '['),
    'no UTF-8': [Buffer.from([0xff, 0xfe, 0x00]), { binary: false }],
    'a binary frame': Buffer.from([0x00, 0x01, 0x02, 0xff]),
    'an unknown command': '{"id": 2, "dance": {}}',
    'an id without a command': '{"id": 2}',
    'a command without an id': '{"ping": {}}',
  };
  for (const [name, frame] of Object.entries(frames)) {
    assert.deepEqual(
      await closesWith(stack, anna.api.token, frame),
      [BAD_REQUEST, BAD_REQUEST],
      name,
    );
  }
});

test('a frame that is too large ends the connection for a moment', async () => {
  const part = [' '.repeat(FRAME_TOO_LARGE / 3 + 1), { fin: false }];
  const rows = {
    'too large': [' '.repeat(FRAME_TOO_LARGE)],
    'much too large': ['a'.repeat(4 * 1024 * 1024)],
    fragments: [part, part, part, part],
  };
  for (const [name, frames] of Object.entries(rows)) {
    const codes = await closesWith(stack, anna.api.token, ...frames);
    assert.deepEqual(codes, [TOO_LARGE, TOO_LARGE], name);
  }
});

test('a command before the connect ends the connection', async () => {
  const commands = [
    { ping: {} },
    { subscribe: { channel: `chat:${direct}` } },
    { publish: { channel: `chat:${direct}`, data: { type: 'typing' } } },
    { rpc: { method: 'ack', data: { conversation_id: direct, seq: 1 } } },
    { refresh: { token: anna.api.token } },
  ];
  for (const command of commands) {
    const socket = await RawSocket.open(stack);
    socket.send(JSON.stringify({ id: 1, ...command }));
    assert.equal(await socket.closed, BAD_REQUEST, JSON.stringify(command));
    assert.deepEqual(socket.frames, []);
  }
});

test('a second connect ends the connection', async () => {
  const socket = await RawSocket.connected(stack, anna.api.token);
  socket.send(JSON.stringify({ id: 9, connect: { token: anna.api.token } }));
  assert.equal(await socket.closed, BAD_REQUEST);
});

test('a connection that says nothing is closed', async () => {
  const code = await Promise.race([silent.closed, delay(15_000, 'still open', { ref: false })]);
  assert.equal(code, STALE);
});

test('a command that cannot be carried out is answered, and the connection stays', async () => {
  const channel = `chat:${direct}`;
  const socket = await RawSocket.connected(stack, anna.api.token);
  const rows = [
    [{ subscribe: {} }, 107],
    [{ subscribe: { channel: '' } }, 107],
    [{ subscribe: { channel: 'no-namespace:1' } }, 102],
    [{ subscribe: { channel: 'control' } }, 103],
    [{ subscribe: { channel: 'chat:' } }, 103],
    [{ subscribe: { channel: 'chat:no-id' } }, 103],
    [{ subscribe: { channel: `chat:${bens}` } }, 103],
    [{ subscribe: { channel: 'chat:\0' } }, 103],
    [{ subscribe: { channel: `chat:${'a'.repeat(250)}` } }, 103],
    [{ subscribe: { channel: `chat:${'a'.repeat(251)}` } }, 107],
    [{ subscribe: { channel: `user:${ben.id}` } }, 103],
    [{ subscribe: { channel: 'feed' } }, 105],
    [{ publish: { channel } }, 107],
    [{ publish: { channel, data: 'typing' } }, 107],
    [{ publish: { channel, data: { type: 1 } } }, 107],
    [{ publish: { channel, data: {} } }, 107],
    [{ publish: { channel: 'no-namespace:1', data: { type: 'typing' } } }, 102],
    [{ publish: { channel: 'chat:no-id', data: { type: 'typing' } } }, 103],
    [{ rpc: { method: 'nothing', data: {} } }, 104],
    [{ rpc: {} }, 104],
    [{ rpc: { method: 'ack' } }, 107],
    [{ rpc: { method: 'ack', data: { conversation_id: direct } } }, 107],
    [{ rpc: { method: 'ack', data: { conversation_id: direct, seq: -1 } } }, 107],
    [{ rpc: { method: 'ack', data: { conversation_id: 1, seq: 1 } } }, 107],
    [{ rpc: { method: 'ack', data: { conversation_id: 'no-id', seq: 1 } } }, 103],
    [{ history: { channel: 'chat:no-id' } }, 103],
    [{ sub_refresh: { channel, token: 'a' } }, 108],
    [{ presence: { channel: 'no-namespace' } }, 102],
    [{ presence_stats: { channel: `chat:${bens}` } }, 103],
  ];
  await assertRefused(socket, rows);
  // An ack of what was never said is clamped.
  const ack = { conversation_id: direct, seq: Number.MAX_SAFE_INTEGER };
  assert.equal((await socket.call({ rpc: { method: 'ack', data: ack } })).error, undefined);
  assert.equal((await socket.call({ unsubscribe: { channel: 'never' } })).error, undefined);
  // A position that never was is not continued, and the subscription stands.
  const recover = { channel, recover: true, epoch: 'another', offset: Number.MAX_SAFE_INTEGER };
  const { subscribe } = await socket.call({ subscribe: recover });
  assert.ok(!subscribe.recovered);
  assert.equal((await socket.call({ subscribe: { channel } })).error.code, 105);
  assert.ok((await socket.call({ ping: {} })).ping);
  socket.close();
});

test('a refresh with a bad token sends the client for a new one', async () => {
  const socket = await RawSocket.connected(stack, anna.api.token);
  socket.send(JSON.stringify({ id: 9, refresh: { token: 'a.b.c' } }));
  assert.equal(await socket.closed, 3005);
});

test('who floods the hub with commands is put off', async () => {
  const socket = await RawSocket.connected(stack, anna.api.token);
  for (let id = 10; id < 1_000; id += 1) socket.send(JSON.stringify({ id, ping: {} }));
  assert.equal(await socket.closed, TOO_MANY_REQUESTS);
});

test('what is no WebSocket frame ends the connection', async () => {
  const ping = '{"id":1,"ping":{}}';
  const largest = Buffer.alloc(8, 0xff);
  const frames = {
    'an unmasked frame': frame(0x81, ping, { masked: false }),
    'a reserved opcode': frame(0x83, ping),
    'a reserved control opcode': frame(0x8b, ping),
    'the first reserved bit, without compression': frame(0xc1, ping),
    'the second reserved bit': frame(0xa1, ping),
    'the third reserved bit': frame(0x91, ping),
    'a reserved bit of a control frame': frame(0xc9, 'ping'),
    'a continuation of nothing': frame(0x80, ping),
    'a message inside another': Buffer.concat([frame(0x01, '{"id":1,'), frame(0x81, ping)]),
    'a control frame in fragments': frame(0x09, 'ping'),
    'a control frame that is too long': frame(0x89, 'p'.repeat(126)),
    'a close with half a code': frame(0x88, [3]),
    'text that is none': frame(0x81, [0x22, 0xff, 0xfe, 0x22]),
    'text that is cut inside a letter': Buffer.concat([
      frame(0x01, [0xe2, 0x82]),
      frame(0x80, '}'),
    ]),
  };
  // Only their headers; nobody waits for the rest.
  const large = {
    'a length beyond everything': Buffer.concat([
      Buffer.from([0x81, 0xff]),
      largest,
      Buffer.alloc(4),
    ]),
    'a length that is too large': frame(0x82, Buffer.alloc(FRAME_TOO_LARGE)).subarray(0, 14),
  };
  for (const [name, bytes] of Object.entries(large)) {
    const socket = await RawSocket.open(stack);
    socket.write(bytes);
    const code = await Promise.race([socket.closed, delay(15_000, 'still open', { ref: false })]);
    assert.equal(code, TOO_LARGE, name);
  }
  for (const [name, bytes] of Object.entries(frames)) {
    const socket = await RawSocket.open(stack);
    socket.write(bytes);
    const code = await Promise.race([socket.closed, delay(15_000, 'still open', { ref: false })]);
    assert.equal(code, BAD_REQUEST, name);
  }
  const socket = await RawSocket.open(stack);
  socket.write(randomBytes(4096));
  const code = await Promise.race([socket.closed, delay(15_000, 'still open', { ref: false })]);
  assert.ok([BAD_REQUEST, 1006].includes(code), `noise: ${code}`);
});

test('a message may come in fragments, with control frames between them', async () => {
  const socket = await RawSocket.connected(stack, anna.api.token);
  const pongs = [];
  socket.socket.on('pong', (data) => pongs.push(data.toString()));
  const command = Buffer.from('{"id":77,"ping":{},"name":"€"}');
  const cut = command.indexOf(0xe2) + 1;
  const parts = [
    frame(0x01, command.subarray(0, 5)),
    frame(0x89, 'one'),
    frame(0x00, ''),
    frame(0x8a, 'unasked'),
    frame(0x00, command.subarray(5, cut)),
    frame(0x89, 'two'),
    frame(0x80, command.subarray(cut)),
  ];
  for (const byte of Buffer.concat(parts)) socket.write(Buffer.from([byte]));
  const reply = () => socket.frames.find(({ id }) => id === 77);
  assert.deepEqual(await eventually('the reply', reply), { id: 77, ping: {} });
  assert.deepEqual(pongs, ['one', 'two']);
  const large = `{"id":78,"ping":{},"name":"${'x'.repeat(FRAME_TOO_LARGE - 100)}"}`;
  for (let at = 0; at < large.length; at += 1_000) {
    const head = (at === 0 ? 0x01 : 0x00) | (at + 1_000 >= large.length ? 0x80 : 0);
    socket.write(frame(head, large.slice(at, at + 1_000)));
  }
  await eventually('the reply', () => socket.frames.some(({ id }) => id === 78));
  socket.close();
});

test('whatever was said, everything still runs, and says so', async () => {
  await assertUnharmed();
  await anna.subscribe(direct);
  await sendTo(ben, direct, 'still here', [anna, ben]);
  assert.deepEqual([...anna.closed, ...ben.closed], []);
  assert.deepEqual([...anna.violations, ...ben.violations], []);
});
