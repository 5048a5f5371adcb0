import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { eventually, inParallel } from './lib/eventually.mjs';
import { EventStream } from './lib/events.mjs';
import { Load } from './lib/load.mjs';
import { Person } from './lib/person.mjs';
import { group, sendTo } from './lib/scenes.mjs';
import { RawSocket } from './lib/socket.mjs';
import { Stack } from './lib/stack.mjs';

const CORES = ['core-1', 'core-2'];
const PINGS = 10;
/** What a killed core, and a killed hub, may cost a message, also beside other tests. */
const CORE_KILLED_MS = 5_000;
const HUB_KILLED_MS = 10_000;
/** Everything is back and loaded; a loaded machine takes its time. */
const SETTLED_MS = 20_000;
const MANY_CHATS = 2_000;
const MANY_CHATS_WITHIN_MS = 60_000;

let stack, people;
let anna, ben;

before(async () => {
  stack = await Stack.start();
});

after(async () => {
  people?.forEach((person) => person.disconnect());
  await stack?.stop();
});

/** Requests and connections one after the other, until the returned function is called. */
function keepBusy(person) {
  let over = false;
  const ask = async () => {
    while (!over) {
      await person.api.get('/conversations');
      await person.api.get('/users?query=a');
    }
  };
  const connect = async () => {
    while (!over) (await RawSocket.connected(stack, person.api.token)).close();
  };
  const working = Promise.all([ask(), ask(), connect(), connect()]);
  working.catch(() => undefined);
  return () => {
    over = true;
    return working;
  };
}

test('ten pings are answered by the replicas in turn, whatever else goes through nginx', async () => {
  people = await Person.crowd(stack, ['anna', 'ben', 'carla', 'dora']);
  [anna, ben] = people;
  const lines = async () => [
    ...(await stack.log('hub')).matchAll(/ping (\d+)\/10 answered by (core-\d+) in [\d.]+ ms/g),
  ];
  const pinged = (times) => async () => (await lines()).length >= times * PINGS;
  await eventually('the pings of a quiet start', pinged(1), { withinMs: 15_000 });
  await (
    await stack.kill('hub')
  )();
  const stop = keepBusy(anna);
  assert.equal((await lines()).length, PINGS, 'the traffic is there before the pings');
  await eventually('the pings', pinged(2), { withinMs: 15_000 });
  await stop();
  const answers = (await lines()).slice(PINGS);
  assert.deepEqual(
    answers.map(([, sequence]) => Number(sequence)),
    Array.from({ length: PINGS }, (_, n) => n + 1),
  );
  for (const name of CORES) {
    const own = answers.filter(([, , core]) => core === name);
    assert.equal(own.length, PINGS / CORES.length, `${name} in ${answers.join('\n')}`);
  }
  assert.match(await stack.log('hub'), /10 pings through the load balancer: core-1 5, core-2 5/);
});

test('the admin’s stream shows connections, rooms, publishes and the pings', async (t) => {
  const watched = await EventStream.open(`${stack.hubUrl}/admin/sse`, {
    'x-api-key': stack.adminKey,
  });
  t.after(() => watched.close());
  const latest = () => watched.events.findLast(({ event }) => event === 'stats')?.data;
  const first = await eventually('statistics', latest);
  assert.equal(first.hub, 'hub');
  assert.deepEqual(first.pings, {
    announced: CORES,
    answers: Object.fromEntries(CORES.map((name) => [name, PINGS / CORES.length])),
    failed: 0,
  });

  await Promise.all(people.map((person) => person.connect()));
  await eventually('people are counted', () => {
    const { users, rooms, connections } = latest();
    // Each has a topic of their own.
    return users === people.length && connections.websocket === users && rooms >= users;
  });
  const { rooms } = latest();
  const id = await group(...people);
  await sendTo(anna, id, 'counted', people);
  await eventually('the room is counted', () => latest().rooms === rooms + 1);
  const published = ({ cores }) => CORES.reduce((sum, name) => sum + cores[name].published, 0);
  await eventually('events are counted', () => {
    const { cores, totals } = latest();
    const live = CORES.every((name) => cores[name].connected);
    // The chat made and added for each, and the message; it went to everybody.
    const events = 2 + people.length;
    return (
      live &&
      published(latest()) >= events &&
      totals.events >= events &&
      totals.deliveries >= people.length
    );
  });

  const { sse } = latest().connections;
  const stream = await EventStream.open(`${stack.hubUrl}/user/sse/notification/${anna.id}`, {
    authorization: `Bearer ${anna.api.token}`,
  });
  await eventually('the event stream is counted', () => latest().connections.sse === sse + 1);
  await stream.close();
  await eventually('its end is counted', () => latest().connections.sse === sse);
});

test('nobody notices that a core is killed in mid-conversation', async () => {
  const id = await group(...people);
  await anna.subscribe(id);
  const load = new Load();
  const stop = load.chat(id, people);
  for (const name of ['core-1', 'core-2', 'core-1']) {
    await load.more(20);
    const isBack = await stack.kill(name);
    await isBack();
  }
  await load.more(20);
  await stop();
  await load.arrive(SETTLED_MS);
  assert.deepEqual(load.violations, []);
  assert.ok(load.slowestMs <= CORE_KILLED_MS, `${load.slowestMs} ms`);
  const closed = people.flatMap((person) => person.closed);
  assert.deepEqual(closed, [], 'every connection stayed');
});

test('a killed hub costs nobody a message', async () => {
  const id = await group(...people);
  await anna.subscribe(id);
  await ben.subscribe(id);
  const load = new Load();
  const stop = load.chat(id, people);
  for (const round of [1, 2]) {
    await load.more(20);
    const isBack = await stack.kill('hub');
    await load.more(10);
    await isBack();
    await eventually('everybody is back', () => people.every((person) => person.settled), {
      withinMs: SETTLED_MS,
    });
    for (const person of people) assert.equal(person.closed.length, round, 'one interruption each');
  }
  await load.more(20);
  await stop();
  await load.arrive(SETTLED_MS);
  assert.deepEqual(load.violations, []);
  assert.ok(load.slowestMs <= HUB_KILLED_MS, `${load.slowestMs} ms`);
});

test('somebody with 2000 chats misses nothing of any while the hub is restarted', async (t) => {
  const [owner, reader] = await Person.crowd(stack, ['owner', 'reader']);
  people.push(reader);
  const origins = await Promise.all(CORES.map((name) => stack.coreUrl(name)));
  const started = performance.now();
  const chats = await inParallel(Array.from({ length: MANY_CHATS }), 8, async (_, n) => {
    const core = owner.api.at(origins[n % origins.length]);
    return (await core.createGroup(`Group ${n}`, [reader.id])).id;
  });
  const tookMs = performance.now() - started;
  t.diagnostic(`${MANY_CHATS} chats were made in ${Math.round(tookMs)} ms`);
  assert.ok(tookMs < MANY_CHATS_WITHIN_MS, `${tookMs} ms`);

  const connecting = performance.now();
  await reader.connect();
  t.diagnostic(`connected and loaded in ${Math.round(performance.now() - connecting)} ms`);
  assert.equal(reader.chats.size, MANY_CHATS);

  const load = new Load();
  const some = chats.filter((_, n) => n % 20 === 0);
  const [open] = some;
  await reader.subscribe(open);
  const postInEach = () => inParallel(some, 4, (id) => load.post(owner, id, [reader]));
  await postInEach();
  await load.arrive(SETTLED_MS);
  const posting = postInEach();
  const killedAt = performance.now();
  const isBack = await stack.kill('hub');
  await posting;
  await postInEach();
  await isBack();
  await load.arrive(SETTLED_MS);
  t.diagnostic(
    `everything was there ${Math.round(performance.now() - killedAt)} ms after the kill`,
  );
  await eventually('the reader is back', () => reader.settled, { withinMs: SETTLED_MS });
  await postInEach();
  await load.arrive(SETTLED_MS);
  assert.deepEqual(load.violations, []);
  assert.equal(reader.closed.length, 1);
  t.diagnostic(`the slowest message took ${Math.round(load.slowestMs)} ms`);
  assert.ok(load.slowestMs <= HUB_KILLED_MS, `${load.slowestMs} ms`);
});
