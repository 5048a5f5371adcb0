import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { Postgres } from './lib/postgres.mjs';
import { group, sendTo } from './lib/scenes.mjs';
import { RawSocket } from './lib/socket.mjs';
import { Stack } from './lib/stack.mjs';

const CORES = ['core-1', 'core-2'];

/** A core answers after 6 s; nginx gives it 7. */
const ANSWERED_MS = 12_000;
/** Needs no database. */
const USUAL_MS = 2_000;
/** Until pools, heartbeats and nginx's list of cores have recovered. */
const WELL_AGAIN_MS = 40_000;
/** A room compares itself with the log every half minute, and its people come back then. */
const RESTORED_MS = 60_000;

/** A hub that verifies nothing for ten seconds says so; each try takes up to five. */
const UNVERIFIED_MS = 60_000;

let postgres, stack, anna, ben, chat;

before(async () => {
  postgres = await Postgres.start();
  stack = await Stack.start({ databaseUrl: postgres.url });
  [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  await Promise.all([anna.connect(), ben.connect()]);
  chat = await group(anna, ben);
});

after(async () => {
  anna?.disconnect();
  ben?.disconnect();
  await stack?.stop();
  await postgres?.stop();
});

/** With which status a core or the hub says whether it takes requests. */
const readiness = async (origin) => (await fetch(`${origin}/health/ready`)).status;

async function timed(act) {
  const started = performance.now();
  const result = await act();
  return { result, tookMs: performance.now() - started };
}

test('a database that stands still is said in time, and what needs none goes on', async (t) => {
  await sendTo(anna, chat, 'all is well', [anna, ben]);
  const resume = await postgres.pause();
  t.after(resume);
  // More than there are connections to the database, and every route that a client repeats or not.
  const asks = Array.from({ length: 12 }, () => [
    ['GET', '/users/me'],
    ['GET', `/conversations/${chat}/messages`],
    ['POST', `/conversations/${chat}/messages`, { client_msg_id: randomUUID(), text: '?' }],
    ['POST', '/auth/login', { handle: anna.user.handle, password: 'wrong' }],
  ]).flat();
  const answering = asks.map(([method, path, body]) =>
    timed(() => anna.api.once(method, path, body)),
  );
  const config = await timed(() => anna.api.once('GET', '/client-config'));
  assert.equal(config.result.status, 200);
  assert.ok(config.tookMs < USUAL_MS, `${config.tookMs} ms`);
  for (const { result, tookMs } of await Promise.all(answering)) {
    assert.equal(result.status, 503, JSON.stringify(result.body));
    assert.ok(Number(result.headers.get('retry-after')) > 0);
    assert.ok(tookMs < ANSWERED_MS, `${tookMs} ms`);
  }
  for (const name of CORES) {
    const core = await stack.coreUrl(name);
    const ready = await timed(() => readiness(core));
    assert.equal(ready.result, 503);
    assert.ok(ready.tookMs < USUAL_MS, `${ready.tookMs} ms`);
  }
  await eventually(
    'the hub says that no token is verified',
    async () => {
      const socket = await RawSocket.open(stack);
      const { error } = await socket.call({ connect: { token: ben.api.token } });
      socket.close();
      assert.ok(error?.temporary, 'nobody was let in');
      return (await readiness(stack.hubUrl)) === 503;
    },
    { withinMs: UNVERIFIED_MS },
  );
  assert.equal(anna.client.state, 'connected');

  resume();
  anna.api.patienceMs = WELL_AGAIN_MS;
  const { message } = await eventually(
    'messages are taken again',
    () => sendTo(anna, chat, 'it goes on', [anna, ben]),
    { withinMs: WELL_AGAIN_MS, everyMs: 200 },
  );
  await Promise.all([anna, ben].map((one) => one.hasChat(chat, { seq: message.seq })));
  assert.deepEqual([...anna.closed, ...ben.closed], []);
  await eventually('the hub is ready', async () => {
    const socket = await RawSocket.connected(stack, ben.api.token);
    socket.close();
    return (await readiness(stack.hubUrl)) === 204;
  });
});
test('cores that cannot write are not ready, and still answer what is read', async (t) => {
  t.after(() => postgres.refuseWrites(false));
  const cores = await Promise.all(CORES.map((name) => stack.coreUrl(name)));
  const all = (status) => async () =>
    (await Promise.all(cores.map(readiness))).every((one) => one === status);
  await eventually('both cores are ready', all(204), { withinMs: WELL_AGAIN_MS });
  await postgres.refuseWrites();
  await eventually('neither core is ready', all(503), { withinMs: WELL_AGAIN_MS });
  const message = { client_msg_id: randomUUID(), text: 'not now' };
  const refused = await anna.api.once('POST', `/conversations/${chat}/messages`, message);
  assert.equal(refused.status, 503, JSON.stringify(refused.body));
  // nginx leaves no core out when no other one is ready.
  for (let turn = 0; turn < 4; turn += 1) {
    const read = await anna.api.once('GET', `/conversations/${chat}/messages`);
    assert.equal(read.status, 200, JSON.stringify(read.body));
  }
  const socket = await RawSocket.connected(stack, ben.api.token);
  socket.close();
  assert.equal(await readiness(stack.hubUrl), 204, 'tokens are verified without a write');

  await postgres.refuseWrites(false);
  await eventually('both cores are ready', all(204), { withinMs: WELL_AGAIN_MS });
  const { seq } = await anna.api.post(`/conversations/${chat}/messages`, message);
  await Promise.all([anna, ben].map((one) => one.hasChat(chat, { seq, withinMs: WELL_AGAIN_MS })));
});

test('a database that is restored under everybody is what everybody shows', async () => {
  const restore = await postgres.backUp();
  const before = anna.chat(chat);
  const kept = before.texts;
  for (const text of ['gone again', 'gone, too']) await sendTo(ben, chat, text, [anna, ben]);
  // At once: a restore may lose less than a heartbeat.
  await restore();
  const devices = [anna, ben];
  const shows = (texts) => () =>
    devices.every((device) => device.chats.get(chat)?.texts.join() === texts.join());
  // At once, so that they take the places of what is gone.
  const added = ['one', 'two', 'three', 'four', 'five'];
  for (const text of added) await anna.api.send(chat, text);
  await eventually('what is written now is shown', shows([...kept, ...added]), {
    withinMs: RESTORED_MS,
  });
  devices.forEach((device) => assert.notEqual(device.chat(chat).epoch, before.epoch));
  assert.deepEqual([...anna.violations, ...ben.violations], []);
  // Rooms let in everybody anew, and nobody else: who joins now hears the next message.
  const [carla] = await Person.crowd(stack, ['carla']);
  await carla.connect();
  await anna.api.post(`/conversations/${chat}/members`, { user_id: carla.id });
  await carla.hasChat(chat, { withinMs: WELL_AGAIN_MS });
  await sendTo(carla, chat, 'hello', [anna, ben, carla]);
  carla.disconnect();
});
