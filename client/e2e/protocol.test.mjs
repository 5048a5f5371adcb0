import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { group, sendTo } from './lib/scenes.mjs';
import { FORMAT_NAMES, hears, refusal, Sdk } from './lib/sdk.mjs';
import { RawSocket } from './lib/socket.mjs';
import { namespaces, Stack, watchForHarm } from './lib/stack.mjs';

const RING_EVENTS = 20;
const SUBSCRIPTIONS_MAX = 12;
const PUBLICATION_BYTES = 20_000;

const open = {
  kind: 'sequenced',
  subscribe: 'authenticated',
  publish: 'authenticated',
  publishes__per_second: 1000,
  publishes__burst: 1000,
};
const NAMESPACES = {
  news: { ...open, ring_events: RING_EVENTS, presence: 'full', join_leave: true },
  price: { ...open, conflate: true, ring_events: 1, publication_bytes: PUBLICATION_BYTES },
  doc: { ...open, delta: true },
  room: { ...open, kind: 'ephemeral', publish: 'subscribers', presence: 'counts' },
  slow: { ...open, publishes__per_second: 1, publishes__burst: 2 },
  secret: { ...open, subscribe: 'granted' },
  quiet: { ...open, publish: 'nobody' },
  chat: { presence_max_members: 2 },
};

let stack, assertUnharmed;
let anna, ben, carla;
const clients = [];

before(async () => {
  const env = {
    ...namespaces(NAMESPACES),
    ROOKERY_HUB_CONNECTION__SUBSCRIPTIONS: String(SUBSCRIPTIONS_MAX),
  };
  stack = await Stack.start({ env });
  assertUnharmed = await watchForHarm(stack);
  [anna, ben, carla] = await Person.crowd(stack, ['anna', 'ben', 'carla']);
  await Promise.all([anna, ben, carla].map((person) => person.connect()));
});

after(async () => {
  clients.forEach((client) => client.close());
  [anna, ben, carla].forEach((person) => person?.disconnect());
  await stack?.stop();
});

async function connect(person, format = 'json', options = {}) {
  const sdk = Sdk.of(stack, person, { format, ...options });
  clients.push(sdk);
  return sdk.connect();
}

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const offsets = (subscription) => subscription.heard.map(({ offset }) => offset);
const numbers = (subscription) => subscription.heard.map(({ data }) => data.n);

/** Publishes numbers one after the other. */
async function publish(sdk, channel, from, to) {
  for (const n of range(from, to)) await sdk.publish(channel, { n });
}

/** Where the last subscription of a channel began. */
const last = (subscription) => subscription.states.at(-1);

for (const format of FORMAT_NAMES) {
  describe(`over ${format}`, () => {
    let one, other;

    before(async () => {
      [one, other] = await Promise.all([connect(anna, format), connect(ben, format)]);
    });

    test('what clients publish is numbered and says who said it', async () => {
      const channel = `news:numbered-${format}`;
      const subscription = await one.subscribe(channel, { recoverable: true });
      const { recoverable, positioned, streamPosition, wasRecovering } = last(subscription);
      assert.deepEqual([recoverable, positioned, wasRecovering], [true, true, false]);
      assert.equal(streamPosition.offset, 0);
      assert.match(streamPosition.epoch, /^[0-9a-f]{8}$/);
      await publish(other, channel, 1, 3);
      await hears(subscription, 3);
      assert.deepEqual(offsets(subscription), [1, 2, 3]);
      assert.deepEqual(numbers(subscription), [1, 2, 3]);
      for (const { info } of subscription.heard) {
        assert.equal(info.user, ben.id);
        assert.equal(info.client, other.client._client);
      }
    });

    test('who comes back is given what was missed, once and in order', async () => {
      const channel = `news:recovered-${format}`;
      const subscription = await one.subscribe(channel, { recoverable: true });
      await publish(other, channel, 1, 2);
      await hears(subscription, 2);
      one.client.disconnect();
      await publish(other, channel, 3, 5);
      await one.connect();
      await subscription.ready(15_000);
      const { wasRecovering, recovered } = last(subscription);
      assert.deepEqual([wasRecovering, recovered], [true, true]);
      await publish(other, channel, 6, 6);
      await hears(subscription, 6);
      assert.deepEqual(numbers(subscription), range(1, 6));
    });

    test('a gap that is larger than the ring is told', async () => {
      const channel = `news:lost-${format}`;
      const subscription = await one.subscribe(channel, { recoverable: true });
      one.client.disconnect();
      await publish(other, channel, 1, RING_EVENTS + 1);
      await one.connect();
      await subscription.ready(15_000);
      const { wasRecovering, recovered, streamPosition } = last(subscription);
      assert.deepEqual([wasRecovering, recovered], [true, false]);
      assert.equal(streamPosition.offset, RING_EVENTS + 1);
      await publish(other, channel, RING_EVENTS + 2, RING_EVENTS + 2);
      await hears(subscription, 1);
      assert.deepEqual(numbers(subscription), [RING_EVENTS + 2]);
    });

    test('an application that loads its state itself is sent to do so again', async () => {
      const channel = `news:state-${format}`;
      await publish(other, channel, 1, 2);
      let loads = 0;
      const getState = async () => {
        loads += 1;
        return (await one.client.history(channel, { limit: 0 }).catch(() => null)) ?? position;
      };
      const probe = await other.subscribe(channel);
      const position = last(probe).streamPosition ?? (await probe.history({ limit: 0 }));
      const subscription = await one.subscribe(channel, { getState });
      assert.equal(loads, 1);
      one.client.disconnect();
      await publish(other, channel, 3, RING_EVENTS + 5);
      Object.assign(position, await probe.history({ limit: 0 }));
      await one.connect();
      await subscription.ready(10_000);
      // Error 112 made the SDK ask for the state anew, and go on from there.
      assert.equal(loads, 2);
      await publish(other, channel, RING_EVENTS + 6, RING_EVENTS + 6);
      await eventually('the next', () => numbers(subscription).includes(RING_EVENTS + 6));
      assert.deepEqual(numbers(subscription), [RING_EVENTS + 6]);
      one.client.removeSubscription(subscription);
    });

    test('a subscriber is given the newest value at once', async () => {
      const channel = `price:newest-${format}`;
      await publish(other, channel, 1, 3);
      const subscription = await one.subscribe(channel);
      await hears(subscription, 1);
      assert.deepEqual(numbers(subscription), [3]);
      await one.reconnect();
      await subscription.ready(15_000);
      assert.ok(last(subscription).recovered);
      await publish(other, channel, 4, 4);
      await hears(subscription, 2);
      assert.deepEqual(numbers(subscription), [3, 4], 'what is known does not come again');
      one.client.removeSubscription(subscription);
    });

    test('differences are decoded, and a newcomer begins with the whole', async () => {
      const channel = `doc:delta-${format}`;
      const value = (n) => ({ n, title: 'Fünf Küken in der Kälte 🐣', lines: 'ß'.repeat(n) });
      const send = async (from, to) => {
        for (const n of range(from, to)) await other.publish(channel, value(n));
      };
      const options = { delta: 'fossil', recoverable: true };
      const early = await one.subscribe(channel, options);
      await send(1, 5);
      const late = await other.subscribe(channel, options);
      const plain = await (await connect(carla, format)).subscribe(channel);
      await send(6, 8);
      await Promise.all([hears(early, 8), hears(late, 3), hears(plain, 3)]);
      assert.deepEqual(
        early.heard.map(({ data }) => data),
        range(1, 8).map(value),
      );
      assert.deepEqual(
        late.heard.map(({ data }) => data),
        range(6, 8).map(value),
      );
      assert.deepEqual(
        plain.heard.map(({ data }) => data),
        range(6, 8).map(value),
      );
      const { numFullPayloads, numDeltaPayloads, compressionRatio } = early.deltaStats();
      assert.deepEqual([numFullPayloads, numDeltaPayloads], [1, 7]);
      assert.ok(compressionRatio > 0.3, `${compressionRatio}`);
      assert.equal(late.deltaStats().numFullPayloads, 1);

      one.client.disconnect();
      await send(9, 10);
      await one.connect();
      await early.ready(15_000);
      await send(11, 12);
      await hears(early, 12);
      assert.deepEqual(
        early.heard.map(({ data }) => data),
        range(1, 12).map(value),
      );
    });

    test('history goes both ways, page by page', async () => {
      const channel = `news:history-${format}`;
      const subscription = await one.subscribe(channel);
      await publish(other, channel, 1, 9);
      const page = async (options) => {
        const { publications } = await subscription.history(options);
        return publications.map(({ data }) => one.unpack(data).n);
      };
      const { epoch, offset, publications } = await subscription.history({ limit: 0 });
      assert.deepEqual([offset, publications], [9, []]);
      assert.deepEqual(await page({ limit: 3 }), [1, 2, 3]);
      assert.deepEqual(await page({ limit: 3, since: { offset: 3, epoch } }), [4, 5, 6]);
      assert.deepEqual(await page({ limit: 3, reverse: true }), [9, 8, 7]);
      const before = { offset: 7, epoch };
      assert.deepEqual(await page({ limit: 3, reverse: true, since: before }), [6, 5, 4]);
      assert.deepEqual(await page({ limit: -1 }), range(1, 9));
      const foreign = { offset: 3, epoch: 'another' };
      assert.equal(await refusal(page({ limit: 1, since: foreign })), 112);
      const nowhere = { offset: 0, epoch };
      assert.equal(await refusal(page({ limit: 1, reverse: true, since: nowhere })), 107);
      const stranger = other.client.history(channel, { limit: 1 });
      assert.equal(await refusal(stranger), 103, 'not subscribed');
      const [{ info }] = (await subscription.history({ limit: 1 })).publications;
      assert.equal(info.user, ben.id);
    });

    test('who asked for it is told who comes and goes', async () => {
      const channel = `news:door-${format}`;
      const [ada, cleo] = await Promise.all([connect(anna, format), connect(carla, format)]);
      const curious = await ada.subscribe(channel, { joinLeave: true });
      const other = await cleo.subscribe(channel);
      await eventually('a join', () => curious.marks.length === 1);
      const { clients: present } = await curious.presence();
      assert.deepEqual(
        Object.values(present)
          .map(({ user }) => user)
          .sort(),
        [anna.id, carla.id].sort(),
      );
      assert.deepEqual(await curious.presenceStats(), { numClients: 2, numUsers: 2 });
      other.unsubscribe();
      await eventually('a leave', () => curious.marks.length === 2);
      other.subscribe();
      await eventually('another join', () => curious.marks.length === 3);
      cleo.close();
      await eventually('another leave', () => curious.marks.length === 4);
      assert.deepEqual(
        curious.marks,
        ['join', 'leave', 'join', 'leave'].map((mark) => [mark, carla.id]),
      );
      assert.deepEqual(other.marks, [], 'who did not ask is not told');
      ada.close();
    });

    test('what nobody keeps reaches who is there', async () => {
      const channel = `room:talk-${format}`;
      assert.equal(await refusal(one.publish(channel, { n: 0 })), 103, 'not a subscriber');
      const [mine, theirs] = await Promise.all([one.subscribe(channel), other.subscribe(channel)]);
      const { recoverable, positioned, streamPosition } = last(mine);
      assert.deepEqual([recoverable, positioned, streamPosition], [false, false, undefined]);
      await publish(one, channel, 1, 2);
      await Promise.all([hears(mine, 2), hears(theirs, 2)]);
      assert.deepEqual(offsets(theirs), [undefined, undefined]);
      assert.equal(theirs.heard[0].info.user, anna.id);
      assert.equal(await refusal(mine.history({ limit: 1 })), 108);
      assert.equal(await refusal(mine.presence()), 108);
      assert.deepEqual(await mine.presenceStats(), { numClients: 2, numUsers: 2 });
    });

    test('a chat is told by its number to who asked for that, and by its name in the feed', async () => {
      const [ada, watcher] = await Promise.all([connect(anna, format), connect(ben, format)]);
      const id = await group(anna, ben);
      const subscription = await ada.subscribe(`chat:${id}`);
      const feed = [];
      watcher.client.on('publication', ({ channel, data }) => {
        if (channel === 'feed') feed.push(watcher.unpack(data).topic);
      });
      ada.frames.length = 0;
      await sendTo(ben, id, 'compact', [anna, ben]);
      await hears(subscription, 1);
      assert.equal(subscription.heard[0].data.message.text, 'compact');
      await eventually('the feed', () => feed.includes(`chat:${id}`));
      const named = ada.frames.filter((frame) => frame.includes('compact'));
      assert.equal(named.length, 1);
      // The JavaScript SDK finds no channel by a number that it has read from Protobuf.
      const isNamed = named[0].includes(`chat:${id}`);
      assert.equal(isNamed, format === 'protobuf', 'the name is not repeated in JSON');
      ada.close();
      watcher.close();
    });

    test('commands go in one frame and are answered one by one', async () => {
      const { client } = one;
      client.startBatching();
      const sent = client.send(one.pack({ nobody: 'listens' }));
      const answers = [
        client.rpc('nothing', one.pack({})),
        client.publish('no-namespace:1', one.pack({})),
        client.history('news:batch', { limit: 1 }),
        client.presence('news:batch'),
      ].map(refusal);
      client.stopBatching();
      await sent;
      assert.deepEqual(await Promise.all(answers), [104, 102, 103, 103]);
    });
  });
}

test('who may not is told so, with the code that says why', async () => {
  const sdk = await connect(anna);
  const code = async (channel, options) => {
    const subscription = sdk.open(channel, options);
    const refused = await new Promise((resolve) => {
      subscription.on('error', ({ error }) => resolve(error.code));
      subscription.on('unsubscribed', ({ code }) => resolve(code));
    });
    subscription.unsubscribe();
    return refused;
  };
  assert.equal(await code('no-namespace:1'), 102);
  assert.equal(await code('secret:1'), 103, 'no core grants it');
  assert.equal(await code('control'), 103);
  assert.equal(await code('admin'), 103);
  const filter = { key: 'a', cmp: 'like', val: 'b' };
  assert.equal(await code('news:filter', { tagsFilter: filter }), 107);
  assert.equal(await refusal(sdk.publish('quiet:1', {})), 103);
  assert.equal(
    await refusal(sdk.publish('secret:1', {})),
    undefined,
    'publishing is another right',
  );
  assert.equal(await refusal(sdk.publish('user:1', {})), 103);
  assert.equal(await refusal(sdk.publish('price:1', 'x'.repeat(PUBLICATION_BYTES - 2))), undefined);
  assert.equal(await refusal(sdk.publish('price:1', 'x'.repeat(PUBLICATION_BYTES - 1))), 106);
  const rates = [];
  for (let n = 0; n < 3; n += 1) rates.push(await refusal(sdk.publish('slow:1', n)));
  assert.deepEqual(rates, [undefined, undefined, 111]);
  assert.equal(
    await refusal(sdk.publish('news:1', 1)),
    undefined,
    'another namespace, another limit',
  );
});

test('a connection has so many subscriptions and no more', async () => {
  const sdk = await connect(anna);
  const subscriptions = await Promise.all(
    range(1, SUBSCRIPTIONS_MAX).map((n) => sdk.subscribe(`news:limit-${n}`)),
  );
  const socketFull = sdk.open('news:limit-over');
  const refused = await new Promise((resolve) => {
    socketFull.on('unsubscribed', ({ code }) => resolve(code));
  });
  assert.equal(refused, 106);
  // A place is free for the command that comes right behind.
  let [held, wanted] = [subscriptions[0], socketFull];
  for (let round = 0; round < 100; round += 1) {
    held.unsubscribe();
    wanted.subscribe();
    await wanted.ready(15_000);
    [held, wanted] = [wanted, held];
  }
  sdk.close();
});

test('commands that need a place wait for those that give one back, and keep their order', async () => {
  const socket = await RawSocket.connected(stack, anna.api.token);
  const subscribe = (channel) => ({ subscribe: { channel } });
  const unsubscribe = (channel) => ({ unsubscribe: { channel } });
  for (const n of range(1, SUBSCRIPTIONS_MAX)) await socket.call(subscribe(`news:place-${n}`));
  const commands = [
    unsubscribe('news:place-1'),
    subscribe('news:place-a'),
    unsubscribe('news:place-a'),
    unsubscribe('news:place-a'),
    subscribe('news:place-b'),
    subscribe('news:place-c'),
    unsubscribe('news:nowhere'),
    { ping: {} },
    subscribe('news:place-d'),
  ].map((command, n) => ({ id: 100 + n, ...command }));
  socket.send(commands.map((command) => JSON.stringify(command)).join('\n'));
  const answers = await eventually('all answers', () => {
    const found = socket.frames.filter(({ id }) => id >= 100);
    return found.length === commands.length && found;
  });
  const codes = commands.map(({ id }) => answers.find((answer) => answer.id === id).error?.code);
  const served = undefined;
  assert.deepEqual(codes, [served, served, served, served, served, 106, served, served, 106]);
  socket.close();
});

test('who does not read a conflated topic is spared all but the newest, and stays', async () => {
  const COUNT = 400;
  const slow = await RawSocket.connected(stack, anna.api.token);
  const sdk = await connect(ben);
  await slow.call({ subscribe: { channel: 'price:slow' } });
  const before = slow.frames.length;
  slow.socket._socket.pause();
  const filler = 'x'.repeat(PUBLICATION_BYTES - 100);
  for (let n = 1; n <= COUNT; n += 1) await sdk.publish('price:slow', { n, filler });
  slow.socket._socket.resume();
  const heard = () =>
    slow.frames.slice(before).flatMap(({ push }) => (push?.pub ? [push.pub.data.n] : []));
  await eventually('the newest', () => heard().at(-1) === COUNT);
  assert.ok(heard().length < COUNT, `${heard().length} of ${COUNT}`);
  assert.deepEqual(
    heard(),
    [...heard()].sort((a, b) => a - b),
  );
  assert.ok((await slow.call({ ping: {} })).ping);
  slow.close();
});

test('history of a chat begins where its reader came in, and reads what the ring has lost', async () => {
  const first = await anna.api.createGroup('Archive', [ben.id]);
  const channel = `chat:${first.id}`;
  for (let n = 1; n <= 150; n += 1) await anna.api.send(first.id, `${n}`);
  await anna.api.post(`/conversations/${first.id}/members`, { user_id: carla.id });
  await anna.api.send(first.id, 'hello carla');

  const sdk = await connect(ben);
  const old = await sdk.subscribe(channel);
  const all = [];
  for (let since; ;) {
    const { epoch, publications } = await old.history({ limit: 60, since });
    if (publications.length === 0) break;
    all.push(...publications);
    since = { epoch, offset: publications.at(-1).offset };
  }
  assert.deepEqual(
    all.map(({ offset }) => offset),
    range(1, all.length),
  );
  const texts = all.filter(({ data }) => data.type === 'message.posted');
  assert.equal(texts.length, 151);
  const { publications: newest } = await old.history({ limit: 2, reverse: true });
  assert.equal(newest[0].data.message.text, 'hello carla');

  const late = await (await connect(carla)).subscribe(channel);
  const { publications: seen } = await late.history({ limit: -1 });
  assert.deepEqual(
    seen.map(({ data }) => data.type),
    ['member.added', 'message.posted'],
  );
  const { publications: back } = await late.history({ limit: 100, reverse: true });
  assert.equal(back.length, 2);
});

test('a large chat answers counts', async () => {
  const small = await group(anna, ben);
  const large = await group(anna, ben, carla);
  const sdk = await connect(anna);
  const [few, many] = await Promise.all([
    sdk.subscribe(`chat:${small}`),
    sdk.subscribe(`chat:${large}`),
  ]);
  const { clients: present } = await few.presence();
  const users = new Set(Object.values(present).map(({ user }) => user));
  assert.deepEqual(users, new Set([anna.id, ben.id]));
  assert.ok(last(few).data.online.includes(ben.id));
  assert.equal(await refusal(many.presence()), 108);
  assert.equal((await many.presenceStats()).numUsers, 3);
  assert.equal(last(many).data.online, null);
});

test('whatever was said, everything still runs, and says so', async () => {
  await assertUnharmed();
});

test('a restarted hub begins its topics anew, and says so', async () => {
  const [one, other] = await Promise.all([connect(anna), connect(ben)]);
  const channel = 'news:restart';
  const subscription = await one.subscribe(channel, { recoverable: true });
  await publish(other, channel, 1, 2);
  await hears(subscription, 2);
  const { epoch } = last(subscription).streamPosition;
  const isBack = await stack.kill('hub');
  await isBack();
  await eventually('another subscription', () => subscription.states.length === 2, {
    withinMs: 15_000,
  });
  const { wasRecovering, recovered, streamPosition } = last(subscription);
  assert.deepEqual([wasRecovering, recovered], [true, false]);
  assert.notEqual(streamPosition.epoch, epoch);
  await eventually('a publication', () =>
    refusal(publish(other, channel, 3, 3)).then((code) => code === undefined),
  );
  await eventually('its arrival', () => numbers(subscription).includes(3));
});
