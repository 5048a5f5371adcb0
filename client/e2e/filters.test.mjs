import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { CentClient } from 'cent.js';

import { Backend, makeKey } from './lib/backend.mjs';
import { Person } from './lib/person.mjs';
import { FORMAT_NAMES, hears, Sdk } from './lib/sdk.mjs';
import { namespaces, Stack, watchForHarm } from './lib/stack.mjs';

const RING_EVENTS = 20;
const PUBLISHER = makeKey('publisher', 'publish');
const GOALS = { key: 'kind', cmp: 'eq', val: 'goal' };

let stack, assertUnharmed;
let anna;
let backend, cent;

before(async () => {
  const match = {
    kind: 'sequenced',
    subscribe: 'authenticated',
    tags_filter: true,
    ring_events: RING_EVENTS,
  };
  stack = await Stack.start({ env: { ...PUBLISHER.env, ...namespaces({ match }) } });
  assertUnharmed = await watchForHarm(stack);
  anna = await Person.register(stack, 'anna');
  const apiUrl = `http://127.0.0.1:${(await stack.process('hub')).ports.api}`;
  backend = new Backend(apiUrl, PUBLISHER.key);
  cent = new CentClient({ url: `${apiUrl}/api`, apiKey: PUBLISHER.key });
});

after(() => stack?.stop());

const numbers = ({ heard }) => heard.map(({ data }) => data);
const offsets = ({ heard }) => heard.map(({ offset }) => offset);
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

/** Publishes numbers, which are their offsets as well; every fifth is a goal. */
async function play(channel, from, to) {
  for (const data of range(from, to)) {
    const tags = { kind: data % 5 === 0 ? 'goal' : 'pass', minute: `${data}` };
    await backend.do('publish', { channel, data, tags });
  }
}

for (const format of FORMAT_NAMES) {
  describe(`over ${format}`, () => {
    let sdk;
    before(async () => (sdk = await Sdk.of(stack, anna, { format }).connect()));
    after(() => sdk?.close());

    /** Somebody who wants goals, and somebody who wants everything. */
    const subscribe = async (channel, tagsFilter = GOALS) => [
      await sdk.subscribe(channel, { recoverable: true, tagsFilter }),
      await (await another()).subscribe(channel, { recoverable: true }),
    ];
    const others = [];
    const another = async () => {
      const other = await Sdk.of(stack, anna, { format }).connect();
      others.push(other);
      return other;
    };
    after(() => others.forEach((other) => other.close()));

    test('only what passes the filter is delivered, with its own offset and tags', async () => {
      const channel = `match:live-${format}`;
      const [goals, all] = await subscribe(channel);
      await play(channel, 1, 11);
      await cent.publish({ channel, data: 12, tags: { kind: 'goal' } });
      await cent.publish({ channel, data: 13 });
      await Promise.all([hears(goals, 3), hears(all, 13)]);
      assert.deepEqual(numbers(goals), [5, 10, 12]);
      assert.deepEqual(offsets(goals), [5, 10, 12]);
      assert.deepEqual(goals.heard[0].tags, { kind: 'goal', minute: '5' });
      assert.deepEqual(numbers(all), range(1, 13));
    });

    test('conditions are combined as the client says', async () => {
      const channel = `match:combined-${format}`;
      const late = { key: 'minute', cmp: 'gte', val: '9.5' };
      const filter = { op: 'and', nodes: [{ op: 'not', nodes: [GOALS] }, late] };
      const [passes] = await subscribe(channel, filter);
      await play(channel, 1, 12);
      await hears(passes, 2);
      assert.deepEqual(numbers(passes), [11, 12]);
    });

    test('who comes back is given exactly what passes of what was missed', async () => {
      const channel = `match:recovered-${format}`;
      const [goals] = await subscribe(channel);
      await play(channel, 1, 6);
      await hears(goals, 1);
      sdk.client.disconnect();
      await play(channel, 7, 18);
      await sdk.connect();
      await goals.ready(15_000);
      const { wasRecovering, recovered, streamPosition } = goals.states.at(-1);
      assert.deepEqual([wasRecovering, recovered, streamPosition.offset], [true, true, 18]);
      await play(channel, 19, 21);
      await hears(goals, 4);
      assert.deepEqual(numbers(goals), [5, 10, 15, 20]);

      // Nothing passes of what is missed now, and that is no loss.
      sdk.client.disconnect();
      await play(channel, 22, 24);
      await sdk.connect();
      await goals.ready(15_000);
      assert.ok(goals.states.at(-1).recovered);
      await play(channel, 25, 25);
      await hears(goals, 5);
      assert.deepEqual(numbers(goals), [5, 10, 15, 20, 25]);
    });

    test('a position that a filter left behind the ring is told as a loss', async () => {
      const channel = `match:behind-${format}`;
      const [never, all] = await subscribe(channel, { key: 'kind', cmp: 'eq', val: 'penalty' });
      await play(channel, 1, RING_EVENTS + 1);
      await hears(all, RING_EVENTS + 1);
      const comesBack = async () => {
        await sdk.reconnect();
        await never.ready(15_000);
        return never.states.at(-1);
      };
      const first = await comesBack();
      assert.deepEqual([first.wasRecovering, first.recovered], [true, false]);
      assert.equal(first.streamPosition.offset, RING_EVENTS + 1);
      // It knows where it is again.
      assert.ok((await comesBack()).recovered);
      assert.deepEqual(numbers(never), []);
    });
  });
}

test('whatever was said, everything still runs, and says so', () => assertUnharmed());
