import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from './eventually.mjs';
import { Hub } from './hub.mjs';
import { Issuer } from './issuer.mjs';

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

/** What a process says next; one that ends says nothing more. */
function answer(child) {
  return new Promise((resolve, reject) => {
    const ended = (code) => reject(new Error(`a helper of the test ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message);
    });
  });
}

function ask(child, question) {
  child.send(question);
  return answer(child);
}

/**
 * Offers a room more than the hub can write for `seconds`, and looks what becomes of publishers and
 * listeners. Returns numbers for people.
 */
export async function overload({ seconds, perSecond }) {
  const hub = await Hub.start(CONFIG);
  const rooms = Array.from({ length: SMALL_ROOMS }, (_, n) => `small:${n}`);
  const helpers = [];
  // Neither who listens nor who measures shares a thread with who publishes.
  const start = (file, args) => {
    const child = fork(new URL(file, import.meta.url), args);
    helpers.push(child);
    return child;
  };
  try {
    const issuer = new Issuer('HS256', SECRET);
    const { port } = new URL(hub.hubUrl);
    const crowd = start('crowd.mjs', [port, CROWD, 'crowd:1', issuer.token('crowd')]);
    assert.deepEqual(await answer(crowd), { open: CROWD });
    const listening = ['crowd:1', ...rooms];
    const probes = start('probes.mjs', [hub.socketUrl, issuer.token('probe'), ...listening]);
    assert.deepEqual(await answer(probes), { listening: listening.length });

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
        await Promise.all(rooms.map((channel) => publish(channel, '')));
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
    let heard;
    await eventually(
      'the probe has heard all',
      async () => {
        heard = await ask(probes, 'what came?');
        return heard.latencies['crowd:1'].length === offset;
      },
      { withinMs: 10_000 },
    );
    const { open } = await ask(crowd, 'how many?');
    const metrics = await hub.backend.metrics();
    const sorted = (channels) =>
      channels.flatMap((channel) => heard.latencies[channel]).sort((a, b) => a - b);
    const large = sorted(['crowd:1']);
    const others = sorted(rooms);
    return {
      open,
      ended: CROWD - open + heard.ended,
      slow: metrics.rookery_hub_slow_total,
      held: metrics.rookery_hub_publishes_held_total,
      refused: metrics.rookery_hub_publishes_refused_total,
      accepted: offset,
      largeP99Ms: percentile(large, 0.99),
      smallP99Ms: percentile(others, 0.99),
    };
  } finally {
    helpers.filter(({ connected }) => connected).forEach((child) => child.disconnect());
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
