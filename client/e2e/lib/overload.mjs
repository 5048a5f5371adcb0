import assert from 'node:assert/strict';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from './eventually.mjs';
import { Hub } from './hub.mjs';
import { Issuer } from './issuer.mjs';
import { BUILT, REPOSITORY, run } from './stack.mjs';

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
const PAYLOAD_BYTES = 4_096;
/** Of all rooms that nobody crowds. */
const SMALL_EVERY_MS = 500;

const percentile = (sorted, share) => sorted[Math.floor((sorted.length - 1) * share)];

/**
 * A process of `count` listeners that take everything as fast as the system can: a slower one would
 * be what is measured.
 */
class Audience {
  #child;
  #answers;

  static async listening(port, count, channel, token) {
    if (!BUILT) await run('cargo', ['build', '-p', 'rookery-bench'], { cwd: REPOSITORY });
    const folder = BUILT ? dirname(BUILT) : join(REPOSITORY, 'target/debug');
    const audience = new Audience();
    audience.#child = spawn(
      join(folder, 'rookery-bench'),
      ['audience', port, String(count), channel, token],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    audience.#answers = createInterface({ input: audience.#child.stdout })[Symbol.asyncIterator]();
    assert.equal(await audience.#answer(), count);
    return audience;
  }

  /** How many of them are connected. */
  async open() {
    this.#child.stdin.write('\n');
    return this.#answer();
  }

  async #answer() {
    const { value, done } = await this.#answers.next();
    assert.ok(!done, 'the audience has ended');
    return Number(value);
  }

  async stop() {
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}

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
export async function overload({ seconds, perSecond, crowd, smallRooms }) {
  const hub = await Hub.start(CONFIG);
  const rooms = Array.from({ length: smallRooms }, (_, n) => `small:${n}`);
  let audience;
  let probes;
  try {
    const issuer = new Issuer('HS256', SECRET);
    const { port } = new URL(hub.hubUrl);
    audience = await Audience.listening(port, crowd, 'crowd:1', issuer.token('crowd'));
    const listening = ['crowd:1', ...rooms];
    // Who measures shares no thread with who publishes.
    const args = [hub.socketUrl, issuer.token('probe'), ...listening];
    probes = fork(new URL('probes.mjs', import.meta.url), args);
    assert.deepEqual(await answer(probes), { listening: listening.length });

    const offer = async (method, where, padding) => {
      const data = { at: Date.now(), padding };
      const { status, body } = await hub.backend.call(method, { ...where, data });
      if (status === 200 && body.result) return;
      assert.deepEqual([status, body.code], [503, 'busy'], JSON.stringify(body));
    };
    const padding = 'x'.repeat(PAYLOAD_BYTES);
    const said = [];
    const until = Date.now() + seconds * 1_000;
    const small = (async () => {
      while (Date.now() < until) {
        await offer('broadcast', { channels: rooms }, '');
        await delay(SMALL_EVERY_MS);
      }
    })();
    const begun = Date.now();
    for (let n = 0; Date.now() < until; n += 1) {
      said.push(offer('publish', { channel: 'crowd:1' }, padding));
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
    const open = await audience.open();
    const metrics = await hub.backend.metrics();
    const sorted = (channels) =>
      channels.flatMap((channel) => heard.latencies[channel]).sort((a, b) => a - b);
    const large = sorted(['crowd:1']);
    const others = sorted(rooms);
    return {
      open,
      ended: crowd - open + heard.ended,
      slow: metrics.rookery_hub_slow_total,
      held: metrics.rookery_hub_publishes_held_total,
      refused: metrics.rookery_hub_publishes_refused_total,
      offered: said.length,
      accepted: offset,
      largeP99Ms: percentile(large, 0.99),
      smallP99Ms: percentile(others, 0.99),
    };
  } finally {
    if (probes?.connected) probes.disconnect();
    await audience?.stop();
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
