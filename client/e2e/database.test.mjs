import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { Postgres } from './lib/postgres.mjs';
import { group, sendTo } from './lib/scenes.mjs';
import { Stack } from './lib/stack.mjs';

/** A core answers after 6 s; nginx gives it 7. */
const ANSWERED_MS = 12_000;
/** Needs no database. */
const USUAL_MS = 2_000;
/** Until pools, heartbeats and nginx's list of cores have recovered. */
const WELL_AGAIN_MS = 40_000;

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
  for (const name of ['core-1', 'core-2']) {
    const url = `${await stack.coreUrl(name)}/health/ready`;
    const ready = await timed(async () => (await fetch(url)).status);
    assert.equal(ready.result, 503);
    assert.ok(ready.tookMs < USUAL_MS, `${ready.tookMs} ms`);
  }
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
});
