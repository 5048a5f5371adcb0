import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from './eventually.mjs';
import { Hub } from './hub.mjs';
import { Issuer } from './issuer.mjs';
import { Listener } from './listener.mjs';

const SECRET = 'x'.repeat(32);
/** One thread writes and one has the rooms, so that little is more than the hub can write. */
const CONFIG = `
standalone.hmac_secret = "${SECRET}"
workers = 1
room_threads = 1
connection.ping_s = 3600
namespaces.crowd = { kind = "sequenced", subscribe = "authenticated" }
namespaces.small = { kind = "sequenced", subscribe = "authenticated" }
`;
const CROWD = 1_500;
const PAYLOAD_BYTES = 4_096;
/** Of all rooms that nobody crowds. */
const SMALL_ROOMS = 20;
const SMALL_EVERY_MS = 100;

const percentile = (sorted, share) => sorted[Math.floor((sorted.length - 1) * share)];

/**
 * Offers a room more than the hub can write for `seconds`, and looks what becomes of publishers and
 * listeners. Returns numbers for people.
 */
export async function overload({ seconds, perSecond }) {
  const hub = await Hub.start(CONFIG);
  let crowd;
  const listeners = [];
  try {
    const issuer = new Issuer('HS256', SECRET);
    const token = issuer.token('crowd');
    const { port } = new URL(hub.hubUrl);
    crowd = fork(new URL('crowd.mjs', import.meta.url), [port, CROWD, 'crowd:1', token]);
    assert.deepEqual((await once(crowd, 'message'))[0], { open: CROWD });

    const listen = async (channel) => {
      const listener = await Listener.connected(hub.socketUrl, { token: issuer.token('probe') });
      listeners.push(listener);
      const latencies = [];
      const sub = await listener.subscribe(channel);
      sub.on('publication', ({ data }) => latencies.push(Date.now() - data.at));
      return { listener, channel, latencies };
    };
    const probe = await listen('crowd:1');
    const rooms = [];
    for (let n = 0; n < SMALL_ROOMS; n += 1) rooms.push(await listen(`small:${n}`));

    const answers = { accepted: 0, refused: 0 };
    const publish = async (channel, padding) => {
      const data = { at: Date.now(), padding };
      const { status, body } = await hub.backend.call('publish', { channel, data });
      if (status === 200 && body.result) return (answers.accepted += 1);
      assert.deepEqual([status, body.code], [503, 'busy'], JSON.stringify(body));
      return (answers.refused += 1);
    };
    const padding = 'x'.repeat(PAYLOAD_BYTES);
    const said = [];
    const until = Date.now() + seconds * 1_000;
    const small = (async () => {
      while (Date.now() < until) {
        await Promise.all(rooms.map(({ channel }) => publish(channel, '')));
        await delay(SMALL_EVERY_MS);
      }
    })();
    const begun = Date.now();
    for (let n = 0; Date.now() < until; n += 1) {
      said.push(publish('crowd:1', padding));
      await delay(Math.max(0, begun + (n * 1_000) / perSecond - Date.now()));
    }
    await Promise.all([...said, small]);
    const { offset } = await hub.backend.do('history', { channel: 'crowd:1' });
    await eventually('the probe has heard all', () => probe.latencies.length === offset, {
      withinMs: 10_000,
    });
    crowd.send('how many?');
    const [{ open }] = await once(crowd, 'message');
    const metrics = await hub.backend.metrics();
    const large = probe.latencies.toSorted((a, b) => a - b);
    const others = rooms.flatMap(({ latencies }) => latencies).toSorted((a, b) => a - b);
    return {
      open,
      ended: CROWD - open + listeners.filter((one) => one.of('connected').length !== 1).length,
      slow: metrics.rookery_hub_slow_total,
      held: metrics.rookery_hub_publishes_held_total,
      refused: metrics.rookery_hub_publishes_refused_total,
      accepted: offset,
      largeP99Ms: percentile(large, 0.99),
      smallP99Ms: percentile(others, 0.99),
    };
  } finally {
    listeners.forEach((listener) => listener.disconnect());
    crowd?.disconnect();
    await hub.stop();
  }
}

/** What must hold of it; a machine that has other work to do takes `slack` times as long. */
export function assertHeld(numbers, { slack = 1 } = {}) {
  const shown = JSON.stringify(numbers);
  assert.ok(numbers.held + numbers.refused > 0, `the hub was never behind: ${shown}`);
  assert.deepEqual([numbers.ended, numbers.slow], [0, 0], shown);
  assert.ok(numbers.accepted > 0, shown);
  assert.ok(numbers.largeP99Ms <= 1_000 * slack, shown);
  assert.ok(numbers.smallP99Ms <= 500 * slack, shown);
}
