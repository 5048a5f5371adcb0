import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Backend } from './lib/backend.mjs';
import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { RawSocket } from './lib/socket.mjs';
import { namespaces, Stack, watchForHarm } from './lib/stack.mjs';

const CLOSED = 3000;
const SHUTDOWN = 3001;
const NO_PONG = 3012;
const INVALID_TOKEN = 3500;
const PING_S = 2;
/** The least that may be set. */
const OUTBOX_BYTES = 512 * 1024;

let stack, assertUnharmed;
let anna, ben;

before(async () => {
  const news = { kind: 'sequenced', subscribe: 'authenticated', publish: 'authenticated' };
  const often = { publishes__per_second: 1_000, publishes__burst: 1_000 };
  const env = {
    ...namespaces({ news: { ...news, ...often } }),
    ROOKERY_HUB_CONNECTION__PING_S: String(PING_S),
    ROOKERY_HUB_CONNECTION__PONG_WAIT_S: '1',
    ROOKERY_HUB_CONNECTION__OUTBOX_BYTES: String(OUTBOX_BYTES),
    ROOKERY_HUB_CONNECTION__COMMANDS__PER_SECOND: '1000',
    ROOKERY_HUB_CONNECTION__COMMANDS__BURST: '2000',
  };
  stack = await Stack.start({ env });
  assertUnharmed = await watchForHarm(stack);
  [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
});

after(async () => {
  [anna, ben].forEach((person) => person?.disconnect());
  await stack?.stop();
});

const isPing = (frame) => Object.keys(frame).length === 0;

test('who answers pings stays, and who does not is closed', async () => {
  const [answers, silent] = await Promise.all(
    [1, 2].map(() => RawSocket.connected(stack, anna.api.token)),
  );
  const { connect } = answers.frames[0];
  assert.deepEqual([connect.ping, connect.pong], [PING_S, true]);
  answers.socket.on('message', (data) => {
    if (data.toString() === '{}') answers.send('{}');
  });
  assert.equal(await silent.closed, NO_PONG);
  await eventually(
    'a ping more than one waits for',
    () => answers.frames.filter(isPing).length > 1,
  );
  assert.ok((await answers.call({ ping: {} })).ping);
  answers.close();
  assert.equal(await answers.closed, CLOSED);
});

test('a good token prolongs a connection, and the token of somebody else ends it', async () => {
  const socket = await RawSocket.connected(stack, anna.api.token);
  const { connect } = socket.frames[0];
  assert.ok(connect.expires && connect.ttl > 0);
  const { refresh } = await socket.call({ refresh: { token: await anna.api.refresh() } });
  assert.equal(refresh.client, connect.client);
  assert.ok(refresh.expires && refresh.ttl >= connect.ttl - 1);
  socket.send(JSON.stringify({ id: 99, refresh: { token: ben.api.token } }));
  assert.equal(await socket.closed, INVALID_TOKEN);
});

test('the own topic goes on from where the connect command says', async () => {
  const own = `user:${anna.id}`;
  const connect = async (subs) => {
    const socket = await RawSocket.open(stack);
    const reply = await socket.call({ connect: { token: anna.api.token, subs } });
    socket.close();
    return reply.connect.subs[own];
  };
  const { epoch, offset = 0, recoverable, positioned, ...first } = await connect();
  assert.deepEqual([recoverable, positioned], [true, true]);
  assert.equal(first.was_recovering, undefined);
  for (const title of ['one', 'two']) await ben.api.createGroup(title, [anna.id]);
  const since = { recover: true, epoch, offset };
  const next = await eventually('both are there', async () => {
    const answer = await connect({ [own]: since });
    return answer.publications?.length === 2 && answer;
  });
  assert.deepEqual(
    next.publications.map(({ data, ...at }) => [data.type, at.offset]),
    [
      ['chat.added', offset + 1],
      ['chat.added', offset + 2],
    ],
  );
  assert.deepEqual([next.was_recovering, next.recovered, next.offset], [true, true, offset + 2]);
  const foreign = await connect({ [own]: { ...since, epoch: 'another' } });
  assert.deepEqual([foreign.was_recovering, foreign.recovered], [true, undefined]);
});

test('who does not read is cut off, and nobody else waits', async (t) => {
  const { ports } = await stack.process('hub');
  const metrics = new Backend(`http://127.0.0.1:${ports.api}`);
  const slow = await RawSocket.connected(stack, anna.api.token);
  const reads = await RawSocket.connected(stack, ben.api.token);
  const channel = 'news:1';
  await Promise.all([slow, reads].map((socket) => socket.call({ subscribe: { channel } })));
  slow.socket._socket.pause();
  // It is alive, so that it is not cut off for want of a pong.
  const alive = setInterval(() => slow.send('{}'), 200);
  t.after(() => clearInterval(alive));
  const data = 'x'.repeat(30_000);
  const isCut = async () =>
    (await metrics.metrics())['rookery_hub_closes_total{code="3008",reason="slow"}'];
  await eventually(
    'it is cut off',
    async () => {
      await reads.call({ publish: { channel, data } });
      return isCut();
    },
    { withinMs: 20_000 },
  );
  assert.ok((await reads.call({ ping: {} })).ping);
  reads.close();
  slow.socket.terminate();
});

test('a hub that leaves says so', async () => {
  await assertUnharmed();
  const socket = await RawSocket.connected(stack, anna.api.token);
  await stack.signal('hub', 'SIGTERM');
  assert.equal(await socket.closed, SHUTDOWN);
});
