import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Person } from './lib/person.mjs';
import { assertRefused, closesWith, RawSocket } from './lib/socket.mjs';
import { namespaces, Stack, watchForHarm } from './lib/stack.mjs';

const BAD_REQUEST = 3501;
const PROTOBUF = ['centrifuge-protobuf'];
const PUBLICATION_BYTES = 1_000;

let stack, assertUnharmed;
let anna;

before(async () => {
  const news = { kind: 'sequenced', subscribe: 'authenticated', publish: 'authenticated' };
  const room = { kind: 'ephemeral', subscribe: 'authenticated', publish: 'subscribers' };
  const env = namespaces({ news: { ...news, publication_bytes: PUBLICATION_BYTES }, room });
  stack = await Stack.start({ env });
  assertUnharmed = await watchForHarm(stack);
  anna = await Person.register(stack, 'anna');
});

after(() => stack?.stop());

const leaf = (fields) => ({ key: 'k', cmp: 'eq', val: 'v', ...fields });
/** Conditions inside conditions. */
const nested = (depth) =>
  Array.from({ length: depth }).reduce((node) => ({ op: 'not', nodes: [node] }), leaf());

test('a filter that makes no sense, or asks for too much, is refused', async () => {
  const filters = {
    nothing: {},
    'no key': leaf({ key: '' }),
    'no comparison': leaf({ cmp: '' }),
    'an unknown comparison': leaf({ cmp: 'like' }),
    'an unknown operation': { op: 'xor', nodes: [leaf()] },
    'no value': leaf({ val: '' }),
    'a value and a list': leaf({ vals: ['v'] }),
    'a list without values': { key: 'k', cmp: 'in' },
    'existence of a value': leaf({ cmp: 'ex' }),
    'a number that is none': leaf({ cmp: 'gt', val: 'many' }),
    'all of nothing': { op: 'and' },
    'not of two': { op: 'not', nodes: [leaf(), leaf()] },
    'a condition with conditions': leaf({ nodes: [leaf()] }),
    'too deep': nested(9),
    'too wide': { op: 'or', nodes: Array(64).fill(leaf()) },
    'too long': leaf({ val: 'v'.repeat(5_000) }),
  };
  const socket = await RawSocket.connected(stack, anna.api.token);
  const rows = Object.values(filters).map((tf) => [{ subscribe: { channel: 'news:1', tf } }, 107]);
  await assertRefused(socket, rows);
  // The same channel may be subscribed with one that makes sense.
  const { subscribe } = await socket.call({ subscribe: { channel: 'news:1', tf: nested(8) } });
  assert.ok(subscribe.recoverable);
  socket.close();
});

test('a command that asks for what is not there is answered, and the connection stays', async () => {
  const socket = await RawSocket.connected(stack, anna.api.token);
  const subscribed = await socket.call({ subscribe: { channel: 'news:mine' } });
  const { epoch } = subscribed.subscribe;
  await socket.call({ subscribe: { channel: 'room:mine' } });
  const lost = { channel: 'news:2', recover: true, epoch: 'another', offset: 5, flag: 2 };
  const long = `news:${'a'.repeat(251)}`;
  await assertRefused(socket, [
    [{ subscribe: { channel: 'news:2', type: 1 } }, 108],
    [{ subscribe: { channel: 'news:2', type: 4 } }, 108],
    [{ subscribe: { channel: long } }, 107],
    [{ subscribe: lost }, 112],
    [{ subscribe: { ...lost, channel: 'room:2' } }, 112],
    [{ subscribe: { channel: 'news:mine' } }, 105],
    [{ subscribe: { channel: ':' } }, 102],
    [{ history: {} }, 102],
    [{ history: { channel: 'news:never' } }, 103],
    [{ history: { channel: 'room:mine' } }, 108],
    [{ history: { channel: 'news:mine', since: { epoch: 'another' } } }, 112],
    [{ history: { channel: 'news:mine', since: { epoch }, reverse: true } }, 107],
    [{ presence: {} }, 102],
    [{ presence: { channel: 'news:never' } }, 108],
    [{ presence_stats: { channel: 'news:never' } }, 108],
    [{ history: { channel: 'room:never' } }, 108],
    [{ presence: { channel: 'news:mine' } }, 108],
    [{ presence_stats: { channel: 'news:mine' } }, 108],
    [{ publish: {} }, 102],
    [{ publish: { channel: long, data: 1 } }, 107],
    [{ publish: { channel: 'news:mine' } }, 107],
    [{ publish: { channel: 'news:mine', data: 'x'.repeat(PUBLICATION_BYTES - 1) } }, 106],
    [{ publish: { channel: 'room:2', data: 1 } }, 103],
    [{ publish: { channel: 'feed', data: 1 } }, 103],
    [{ publish: { channel: 'control', data: 1 } }, 103],
    [{ publish: { channel: `user:${anna.id}`, data: 1 } }, 103],
  ]);
  // The largest numbers are no harm.
  const far = { channel: 'news:far', recover: true, epoch };
  socket.send(
    `{"id":900,"subscribe":${JSON.stringify(far).slice(0, -1)},"offset":${2n ** 64n - 1n}}}`,
  );
  const all = { channel: 'news:mine', limit: -(2 ** 31), reverse: true };
  assert.deepEqual((await socket.call({ history: all })).history, { epoch });
  const farther = socket.frames.find(({ id }) => id === 900);
  assert.deepEqual(
    [farther.subscribe.was_recovering, farther.subscribe.recovered],
    [true, undefined],
  );
  socket.close();
});

test('a command of the wrong shape ends the connection for good', async () => {
  const frames = {
    'a channel that is a number': '{"id":2,"subscribe":{"channel":7}}',
    'a filter that is a word': '{"id":2,"subscribe":{"channel":"news:1","tf":"all"}}',
    'a filter that is a list': '{"id":2,"subscribe":{"channel":"news:1","tf":[]}}',
    'a position that is a list': '{"id":2,"history":{"channel":"news:1","since":[]}}',
    'a request that is a list': '{"id":2,"subscribe":["news:1"]}',
    'conditions that are none': '{"id":2,"subscribe":{"channel":"news:1","tf":{"nodes":[7]}}}',
    'a filter that is far too deep': JSON.stringify({
      id: 2,
      subscribe: { channel: 'news:1', tf: nested(200) },
    }),
    'a flag that is a fraction': '{"id":2,"subscribe":{"channel":"news:1","flag":1.5}}',
    'a negative offset': '{"id":2,"subscribe":{"channel":"news:1","recover":true,"offset":-1}}',
    'an offset that is too large': `{"id":2,"subscribe":{"channel":"news:1","offset":${2n ** 64n}}}`,
    'a limit that is a word': '{"id":2,"history":{"channel":"news:1","limit":"many"}}',
    'a limit that is too large': '{"id":2,"history":{"channel":"news:1","limit":4294967296}}',
    'a position that is a number': '{"id":2,"history":{"channel":"news:1","since":7}}',
    'no payload where one must be': '{"id":2,"publish":{"channel":"news:1","data":}}',
    'two commands and half of one': '{"id":2,"ping":{}}\n{"id":3,"ping":{}}\n{"id":4',
  };
  for (const [name, frame] of Object.entries(frames)) {
    const codes = await closesWith(stack, anna.api.token, frame);
    assert.deepEqual(codes, [BAD_REQUEST, BAD_REQUEST], name);
  }
});

test('what is no Protobuf command ends a binary connection', async () => {
  const bytes = (...values) => Buffer.from(values);
  const frames = {
    nothing: bytes(),
    'a length without a message': bytes(5),
    'a length beyond the frame': bytes(5, 0x08, 1),
    'a length beyond everything': bytes(...Array(9).fill(0xff), 1),
    'a length that does not end': bytes(...Array(11).fill(0xff)),
    'an id that is a text': bytes(3, 0x0a, 1, 0x61),
    'an id without a command': bytes(2, 0x08, 1),
    'a subscribe that is cut off': bytes(4, 0x08, 1, 0x2a, 9),
    'a channel that is no UTF-8': bytes(7, 0x08, 1, 0x2a, 3, 0x0a, 1, 0xff),
    'a group that nobody opened': bytes(1, 0x0c),
    'field number nought': bytes(2, 0x00, 1),
    text: '{"id":1,"ping":{}}',
  };
  for (const [name, frame] of Object.entries(frames)) {
    const { socket, closed } = await RawSocket.open(stack, PROTOBUF);
    assert.equal(socket.protocol, PROTOBUF[0]);
    socket.send(frame);
    assert.equal(await closed, BAD_REQUEST, name);
  }
});

test('whatever was said, everything still runs, and says so', async () => {
  await assertUnharmed();
  const socket = await RawSocket.connected(stack, anna.api.token);
  await socket.call({ subscribe: { channel: 'news:last' } });
  await socket.call({ publish: { channel: 'news:last', data: { still: 'here' } } });
  const heard = socket.frames.filter(({ push }) => push?.channel === 'news:last');
  assert.deepEqual(
    heard.map(({ push }) => push.pub.data),
    [{ still: 'here' }],
  );
  socket.close();
});
