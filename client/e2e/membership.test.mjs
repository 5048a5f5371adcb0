import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { eventually, inParallel } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { directChat, group, sendTo } from './lib/scenes.mjs';
import { RawSocket } from './lib/socket.mjs';
import { Stack } from './lib/stack.mjs';

/** The longest text there is, four bytes a character: 16 KiB. */
const LONGEST_TEXT = '\u{1F426}'.repeat(4096);
/** More than one gRPC stream takes while nobody reads it. */
const JAM_MESSAGES = 300;

let stack;
let anna, ben, carla;

before(async () => {
  stack = await Stack.start();
  [anna, ben, carla] = await Person.crowd(stack, ['anna', 'ben', 'carla']);
  await Promise.all([anna, ben, carla].map((person) => person.connect()));
});

after(async () => {
  [anna, ben, carla].forEach((person) => person?.disconnect());
  await stack?.stop();
});

const heardIn = (person, id) => person.wire.filter((heard) => heard.id === id);

/** Whatever the hub had for `person` when this was called has arrived when it returns. */
async function drain(sender, person) {
  const id = await directChat(sender, person);
  await sendTo(sender, id, `barrier ${randomUUID()}`, [person]);
}

/** The last thing that `person` heard of a chat is their own removal. */
async function assertHeardNothingLater(person, id) {
  await drain(anna, person);
  assert.equal(heardIn(person, id).at(-1)?.type, 'member.removed');
  assert.ok(!person.chats.has(id));
}

for (const subscribed of [true, false]) {
  const route = subscribed ? 'subscribed' : 'on the feed';
  test(`someone ${route} who is removed receives nothing later`, async () => {
    const id = await group(anna, ben, carla);
    if (subscribed) await carla.subscribe(id);
    await sendTo(anna, id, 'with carla', [ben, carla]);
    await anna.api.delete(`/conversations/${id}/members/${carla.id}`);
    await sendTo(anna, id, 'without carla', [ben]);
    await ben.subscribe(id);
    await ben.typing(id);
    await assertHeardNothingLater(carla, id);
    const ended = carla.closed.some(({ channel, code }) => channel === id && code === 2000);
    assert.equal(ended, subscribed);
  });
}

test('someone who was removed is refused everywhere', async () => {
  const id = await group(anna, ben, carla);
  const path = `/conversations/${id}`;
  await anna.api.delete(`${path}/members/${carla.id}`);
  for (const read of [path, `${path}/messages`, `${path}/changes?after_offset=0`]) {
    assert.equal((await carla.api.once('GET', read)).status, 404, read);
  }
  const message = { client_msg_id: randomUUID(), text: 'still here' };
  assert.equal((await carla.api.once('POST', `${path}/messages`, message)).status, 404);
  const socket = await RawSocket.connected(stack, carla.api.token);
  const { error } = await socket.call({ subscribe: { channel: `chat:${id}` } });
  assert.equal(error.code, 103);
  socket.close();
});

test('a removal is delivered although its core dies before it can publish it', async () => {
  const id = await group(anna, ben, carla);
  await carla.subscribe(id);
  const { id: jam } = await anna.api.createGroup('Jam', []);
  await anna.hasChat(jam);
  const [dying, other] = ['core-1', 'core-2'];
  const [viaDying, viaOther] = await Promise.all(
    [dying, other].map(async (name) => anna.api.at(await stack.coreUrl(name))),
  );

  await stack.signal('hub', 'SIGSTOP');
  let isBack;
  try {
    // What lies before the removal on the core's stream is more than fits while the hub is
    // stopped, so the removal is committed and stays unpublished.
    const numbers = Array.from({ length: JAM_MESSAGES }, (_, n) => n);
    await inParallel(numbers, 8, () => viaDying.send(jam, LONGEST_TEXT));
    await viaDying.delete(`/conversations/${id}/members/${carla.id}`);
    isBack = await stack.kill(dying);
    await viaOther.send(id, 'without carla');
  } finally {
    await stack.signal('hub', 'SIGCONT');
  }

  await ben.hasChat(id, { seq: 1, withinMs: 15_000 });
  assert.deepEqual(ben.chat(id).texts, ['without carla']);
  const removed = (event) => event.type === 'member.removed' && event.user_id === carla.id;
  assert.ok(ben.chat(id).events.some(removed));
  await eventually('carla hears of it', () => !carla.chats.has(id));
  await assertHeardNothingLater(carla, id);
  await anna.hasChat(jam, { seq: JAM_MESSAGES, withinMs: 15_000 });
  await isBack();
});

test('someone who was added an instant ago can subscribe', async () => {
  const socket = await RawSocket.connected(stack, carla.api.token);
  for (const name of ['core-1', 'core-2', 'core-1', 'core-2', 'core-1', 'core-2']) {
    const { id } = await anna.api.createGroup('Come in', [ben.id]);
    const core = anna.api.at(await stack.coreUrl(name));
    await core.post(`/conversations/${id}/members`, { user_id: carla.id });
    const { error } = await socket.call({ subscribe: { channel: `chat:${id}` } });
    assert.equal(error, undefined);
  }
  socket.close();
});

/** Nothing that was said before the offset and the number may be read by `person`, by any way. */
async function assertReadsOnlyLater(person, id, before) {
  const path = `/conversations/${id}`;
  for (const query of ['', '?after_seq=0', `?before_seq=${before.seq + 1}`, '?limit=100']) {
    const { messages } = await person.api.get(`${path}/messages${query}`);
    assert.ok(
      messages.every(({ seq }) => seq > before.seq),
      `messages${query}`,
    );
  }
  const { topic, last_message: last } = await person.api.get(path);
  assert.ok(last === null || last.seq > before.seq, 'the preview');
  const epoch = encodeURIComponent(topic.epoch);
  for (const query of ['after_offset=0', `after_offset=0&epoch=${epoch}`]) {
    const { changes } = await person.api.get(`${path}/changes?${query}`);
    assert.ok(
      changes.every(({ offset }) => offset > before.offset),
      `changes?${query}`,
    );
  }

  const socket = await RawSocket.connected(stack, person.api.token);
  const channel = `chat:${id}`;
  for (const reverse of [false, true]) {
    const { history } = await socket.call({ history: { channel, limit: 100, reverse } });
    const offsets = (history.publications ?? []).map(({ offset }) => offset);
    assert.ok(
      offsets.every((offset) => offset > before.offset),
      `history ${offsets}`,
    );
    assert.equal(offsets.length, topic.offset - before.offset, 'all that is theirs');
  }
  const subscribe = { channel, recover: true, epoch: topic.epoch, offset: 0 };
  const { subscribe: result } = await socket.call({ subscribe });
  const publications = result.publications ?? [];
  assert.ok(
    publications.every(({ offset }) => offset > before.offset),
    'recovery',
  );
  socket.close();
}

test('a new member reads nothing from before', async () => {
  const id = await group(anna, ben);
  await sendTo(anna, id, 'secret one', [ben]);
  const { message } = await sendTo(ben, id, 'secret two', [anna]);
  const { offset } = anna.chat(id);
  await anna.api.post(`/conversations/${id}/members`, { user_id: carla.id });
  await carla.hasChat(id);
  assert.deepEqual(carla.chat(id).texts, []);
  assert.equal(carla.chat(id).unreadCount, 0);
  await assertReadsOnlyLater(carla, id, { seq: message.seq, offset });
  const { message: open } = await sendTo(anna, id, 'hello carla', [ben, carla]);
  assert.equal(open.seq, message.seq + 1);
  assert.deepEqual(carla.chat(id).texts, ['hello carla']);
  await assertReadsOnlyLater(carla, id, { seq: message.seq, offset });
});

test('a re-added member reads nothing from before, nor from the time between', async () => {
  const id = await group(anna, ben, carla);
  const path = `/conversations/${id}/members`;
  await sendTo(anna, id, 'first stay', [ben, carla]);
  await carla.api.delete(`${path}/${carla.id}`);
  const { message } = await sendTo(anna, id, 'in between', [ben]);
  await eventually('carla is out', () => !carla.chats.has(id));
  const { offset } = ben.chat(id);
  await ben.api.post(path, { user_id: carla.id });
  // Whoever has left is asked first.
  await carla.api.accept(id);
  await carla.hasChat(id);
  await assertReadsOnlyLater(carla, id, { seq: message.seq, offset });
  await sendTo(ben, id, 'welcome back', [anna, carla]);
  assert.deepEqual(carla.chat(id).texts, ['welcome back']);
  await assertReadsOnlyLater(carla, id, { seq: message.seq, offset });
  const { status } = await carla.api.once('GET', `/conversations/${id}/messages?before_seq=2`);
  assert.equal(status, 200);
});
