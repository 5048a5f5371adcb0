import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Hub } from './lib/hub.mjs';
import { Issuer } from './lib/issuer.mjs';
import { FORMAT_NAMES, hears, refusal, Sdk } from './lib/sdk.mjs';
import { RawSocket } from './lib/socket.mjs';
import { eventually } from './lib/eventually.mjs';

const SECRET = 'a secret of thirty-two bytes, or more';
const ROUNDS = 200;
const PUBLISHES = 10;
const TRANSPORTS = ['websocket', 'http_stream'];
const WITHIN_MS = 60_000;

const issuer = new Issuer('HS256', SECRET);
const range = (count) => Array.from({ length: count }, (_, n) => n + 1);

let hub;

before(async () => {
  hub = await Hub.start(
    `standalone.hmac_secret = "${SECRET}"
     connection.commands = { per_second = 100000, burst = 100000 }
     connection.subscriptions = 3
     [namespaces.news]
     kind = "sequenced"
     subscribe = "authenticated"
     publish = "subscribers"
     publishes = { per_second = 100000, burst = 100000 }
     presence = "full"
     ring_events = 4096`,
  );
});

after(() => hub?.stop());

for (const transport of TRANSPORTS) {
  for (const format of FORMAT_NAMES) {
    describe(`${transport}, ${format}`, () => {
      const connect = () =>
        new Sdk(hub.hubUrl, { format, transports: [transport], token: issuer.token('anna') });
      let sdk;

      before(async () => (sdk = await connect().connect()));
      after(() => sdk?.close());

      test('publishes that do not wait for each other arrive in their order', async () => {
        const channel = `news:ordered-${transport}-${format}`;
        const subscription = await sdk.subscribe(channel);
        for (const round of range(ROUNDS)) {
          await Promise.all(range(PUBLISHES).map((n) => sdk.publish(channel, { round, n })));
        }
        await hears(subscription, ROUNDS * PUBLISHES);
        const said = range(ROUNDS).flatMap((round) => range(PUBLISHES).map((n) => `${round}.${n}`));
        const heard = subscription.heard.map(({ data }) => `${data.round}.${data.n}`);
        assert.deepEqual(heard, said);
        sdk.client.removeSubscription(subscription);
      });

      test('a subscription that is made, ended and made again at once is there', async () => {
        const subscription = sdk.client.newSubscription(`news:twice-${transport}-${format}`);
        const errors = [];
        subscription.on('error', ({ error }) => errors.push(error));
        for (const round of range(ROUNDS)) {
          subscription.subscribe();
          subscription.unsubscribe();
          subscription.subscribe();
          await subscription.ready(WITHIN_MS);
          assert.equal(subscription.state, 'subscribed', `round ${round}`);
          if (round % 2) subscription.unsubscribe();
        }
        assert.deepEqual(errors, []);
        sdk.client.removeSubscription(subscription);
      });
    });
  }
}

describe('raw frames', () => {
  let socket, id;

  before(async () => {
    id = 1_000;
    socket = await RawSocket.connected(hub, issuer.token('anna'));
  });
  after(() => socket?.close());

  /** Sends commands in one frame, and returns their replies. */
  async function together(...commands) {
    const numbered = commands.map((command) => ({ id: (id += 1), ...command }));
    socket.send(numbered.map((command) => JSON.stringify(command)).join('\n'));
    const replies = () =>
      numbered.map((command) => socket.frames.find((frame) => frame.id === command.id));
    return eventually('all replies', () => replies().every(Boolean) && replies());
  }

  test('what follows a subscribe in one frame finds it done', async () => {
    for (const round of range(ROUNDS)) {
      const channel = `news:behind-${round}`;
      const replies = await together(
        { subscribe: { channel } },
        { publish: { channel, data: { round } } },
        { history: { channel, limit: 10 } },
        { presence: { channel } },
        { unsubscribe: { channel } },
        { publish: { channel, data: { round } } },
      );
      const codes = replies.map(({ error }) => error?.code);
      assert.deepEqual(codes, [...Array(5).fill(undefined), 103]);
      assert.equal(replies[2].history.publications.length, 1);
      assert.equal(Object.keys(replies[3].presence.presence).length, 1);
    }
  });

  test('subscribe, unsubscribe, subscribe in one frame', async () => {
    const channel = 'news:strict';
    for (const round of range(ROUNDS)) {
      const replies = await together(
        { subscribe: { channel } },
        { unsubscribe: { channel } },
        { subscribe: { channel } },
        { subscribe: { channel } },
        { unsubscribe: { channel } },
      );
      const codes = replies.map(({ error }) => error?.code);
      assert.deepEqual(codes, [undefined, undefined, undefined, 105, undefined], `round ${round}`);
    }
  });

  test('a place that is given up is there for the next subscribe', async () => {
    const names = range(4).map((n) => `news:place-${n}`);
    const subscribe = (channel) => ({ subscribe: { channel } });
    const unsubscribe = (channel) => ({ unsubscribe: { channel } });
    for (const round of range(ROUNDS)) {
      const replies = await together(
        ...names.map(subscribe),
        unsubscribe(names[0]),
        subscribe(names[3]),
        ...names.map(unsubscribe),
      );
      const codes = replies.slice(0, 6).map(({ error }) => error?.code);
      const free = undefined;
      assert.deepEqual(codes, [free, free, free, 106, free, free], `round ${round}`);
    }
  });

  test('commands behind the connect in one frame', async () => {
    for (const round of range(20)) {
      const channel = `news:first-${round}`;
      const raw = await RawSocket.open(hub);
      const commands = [
        { id: 1, connect: { token: issuer.token('ben') } },
        { id: 2, subscribe: { channel } },
        { id: 3, publish: { channel, data: {} } },
      ];
      raw.send(commands.map((command) => JSON.stringify(command)).join('\n'));
      const replies = await eventually('three replies', () => {
        const found = commands.map(({ id: n }) => raw.frames.find((frame) => frame.id === n));
        return found.every(Boolean) && found;
      });
      assert.deepEqual(
        replies.map(({ error }) => error),
        [undefined, undefined, undefined],
      );
      raw.close();
    }
  });
});

test('the official SDK is refused where it may not publish, in its turn', async () => {
  const sdk = await new Sdk(hub.hubUrl, { token: issuer.token('anna') }).connect();
  assert.equal(await refusal(sdk.publish('news:outside', { n: 1 })), 103);
  sdk.close();
});
