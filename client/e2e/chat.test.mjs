import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { eventually } from './lib/eventually.mjs';
import { EventStream } from './lib/events.mjs';
import { Person } from './lib/person.mjs';
import { befriend, directChat, group, sendTo } from './lib/scenes.mjs';
import { Stack } from './lib/stack.mjs';

/** Far above what it takes, also beside other tests, and far below any retry of a client. */
const LIVE_MS = 5_000;

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

test('a new direct chat appears on both sides, and messages arrive in order within a second', async () => {
  const id = await directChat(anna, ben);
  for (let n = 1; n <= 20; n += 1) {
    const [sender, reader] = n % 2 ? [anna, ben] : [ben, anna];
    const { message, tookMs } = await sendTo(sender, id, `line ${n}`, [sender, reader]);
    assert.equal(message.seq, n);
    assert.ok(tookMs < LIVE_MS, `${tookMs} ms`);
  }
  const lines = Array.from({ length: 20 }, (_, n) => `line ${n + 1}`);
  assert.deepEqual(anna.chat(id).texts, lines);
  assert.deepEqual(ben.chat(id).texts, lines);
  assert.deepEqual([...anna.violations, ...ben.violations], []);
});

test('the direct chat of two people is one, whoever asks', async () => {
  const id = await directChat(anna, ben);
  assert.equal(await directChat(ben, anna), id);
});

test('a group hears everybody, on the subscription where there is one and on the feed elsewhere', async () => {
  const id = await group(anna, ben, carla);
  await ben.subscribe(id);
  const before = { ben: { ...ben.arrivals }, carla: { ...carla.arrivals } };
  for (const sender of [anna, ben, carla]) {
    await sendTo(sender, id, `from ${sender.user.display_name}`, [anna, ben, carla]);
  }
  for (const person of [anna, ben, carla]) {
    assert.deepEqual(person.chat(id).texts, ['from anna', 'from ben', 'from carla']);
  }
  assert.equal(ben.arrivals.subscription - before.ben.subscription, 3);
  assert.equal(ben.arrivals.feed, before.ben.feed);
  assert.equal(carla.arrivals.feed - before.carla.feed, 3);
  assert.equal(carla.arrivals.subscription, before.carla.subscription);
});

test('leaving a subscription puts the chat back on the feed with nothing lost or doubled', async () => {
  const id = await group(anna, ben);
  const subscription = await ben.subscribe(id);
  await sendTo(anna, id, 'one', [ben]);
  const sending = anna.api.send(id, 'two');
  subscription.unsubscribe();
  await sending;
  await sendTo(anna, id, 'three', [ben]);
  assert.deepEqual(ben.chat(id).texts, ['one', 'two', 'three']);
});

test('the tick goes to delivered with an ack and to read with a receipt', async () => {
  const id = await directChat(anna, ben);
  const { message } = await sendTo(anna, id, 'did you get this?', [ben]);
  const marks = () => anna.chat(id).receipts.get(ben.id);
  await ben.ack(id, message.seq);
  await eventually('delivered', () => marks()?.delivered === message.seq);
  assert.ok(marks().read < message.seq);
  const answer = await ben.read(id, message.seq);
  assert.deepEqual(answer, { delivered_seq: message.seq, read_seq: message.seq });
  await eventually('read', () => marks().read === message.seq);
  const snapshot = await anna.api.get(`/conversations/${id}`);
  const stored = snapshot.receipts.find((receipt) => receipt.user_id === ben.id);
  assert.equal(stored.read_seq, message.seq);
});

test('watermarks never go back and never pass the last message', async () => {
  const id = await directChat(anna, ben);
  const { message } = await sendTo(anna, id, 'to be read', [ben]);
  assert.equal((await ben.read(id, message.seq + 1_000)).read_seq, message.seq);
  assert.equal((await ben.read(id, 1)).read_seq, message.seq);
});

test('the ticks of a group follow whoever is last', async () => {
  const id = await group(anna, ben, carla);
  const { message } = await sendTo(anna, id, 'all of you?', [ben, carla]);
  const everybody = () => anna.chat(id).receipts.get(null);
  await ben.read(id, message.seq);
  await ben.ack(id, message.seq);
  await carla.ack(id, message.seq);
  await eventually('delivered to all', () => everybody()?.delivered === message.seq);
  assert.equal(everybody().read, 0);
  await carla.read(id, message.seq);
  await eventually('read by all', () => everybody().read === message.seq);
});

test('typing reaches subscribers and the feed, with who it is, and leaves no trace in the log', async () => {
  const id = await group(anna, ben, carla);
  await anna.subscribe(id);
  await ben.subscribe(id);
  const { offset } = ben.chat(id);
  await anna.typing(id);
  const typing = { type: 'typing', user_id: anna.id };
  const heard = (person) =>
    person.chat(id).ephemeral.filter((event) => event.type === 'typing' && event.user_id);
  for (const person of [ben, carla]) {
    await eventually('typing', () => heard(person).length === 1);
    assert.deepEqual(heard(person), [typing]);
  }
  await sendTo(anna, id, 'done', [ben]);
  assert.equal(ben.chat(id).offset, offset + 1);
});

test('presence tells a subscriber who comes and who goes', async () => {
  const dora = await Person.register(stack, 'dora');
  const { id, topic } = await befriend(anna, dora);
  await anna.hasEvents(id, topic.offset);
  await anna.subscribe(id);
  assert.deepEqual(anna.chat(id).online, [anna.id]);
  const last = () =>
    anna
      .chat(id)
      .ephemeral.filter((event) => event.user_id === dora.id)
      .at(-1);
  await dora.connect();
  await eventually('dora is online', () => last()?.online === true);
  const { clients } = await anna.client.presence(`chat:${id}`);
  const users = new Set(Object.values(clients).map((client) => client.user));
  assert.deepEqual(users, new Set([anna.id, dora.id]));
  dora.disconnect();
  await eventually('dora is offline', () => last().online === false, { withinMs: 10_000 });
});

test('unread counts rise with others’ messages and fall on every device with reading', async () => {
  const id = await directChat(ben, carla);
  const tablet = await (await carla.secondDevice()).connect();
  await sendTo(ben, id, 'one', [carla]);
  const { message } = await sendTo(ben, id, 'two', [carla]);
  const unread = async (person) => (await person.api.get(`/conversations/${id}`)).unread_count;
  assert.equal(await unread(carla), 2);
  assert.equal(await unread(ben), 0);
  await carla.read(id, message.seq);
  const moved = (notice) =>
    notice.type === 'read.moved' &&
    notice.conversation_id === id &&
    notice.read_seq === message.seq;
  await eventually('the tablet hears of it', () => tablet.notices.some(moved));
  assert.equal(await unread(tablet), 0);
  tablet.disconnect();
});

test('the own topic tells of chats that come and go', async () => {
  const { id } = await anna.api.createGroup('Comes and goes', []);
  await anna.api.post(`/conversations/${id}/members`, { user_id: carla.id });
  const notice = (type) =>
    carla.notices.some((heard) => heard.type === type && heard.conversation_id === id);
  await eventually('chat.added', () => notice('chat.added'), { withinMs: LIVE_MS });
  await carla.hasChat(id);
  await anna.api.delete(`/conversations/${id}/members/${carla.id}`);
  await eventually('chat.removed', () => notice('chat.removed'), { withinMs: LIVE_MS });
  await eventually('the chat is gone', () => !carla.chats.has(id));
  const offsets = carla.notices.map(({ offset }) => offset);
  const expected = offsets.map((_, index) => offsets[0] + index);
  assert.deepEqual(offsets, expected, 'the own topic has no gap');
});

test('the event stream carries the own topic and resumes where it was', async () => {
  const url = `${stack.hubUrl}/user/sse/notification/${anna.id}`;
  const authorization = `Bearer ${anna.api.token}`;
  const first = await EventStream.open(url, { authorization });
  assert.equal(first.status, 200);
  assert.equal(first.headers.get('content-type'), 'text/event-stream');
  await eventually('the stream is ready', () => first.events.length === 1);
  await anna.api.createGroup('While listening', []);
  await eventually('an event', () => first.events.length === 2, { withinMs: LIVE_MS });
  const seen = first.events.at(-1);
  assert.equal(seen.data.type, 'chat.added');
  await first.close();

  const missed = [];
  for (const title of ['While away', 'While away too']) {
    missed.push((await anna.api.createGroup(title, [])).id);
  }
  const headers = { authorization, 'last-event-id': seen.id };
  const second = await EventStream.open(url, headers);
  await eventually('what was missed', () => second.events.length === 3);
  const [ready, ...events] = second.events;
  assert.equal(ready.id, seen.id);
  assert.deepEqual(
    events.map((event) => event.data.conversation_id),
    missed,
  );
  await second.close();
});
