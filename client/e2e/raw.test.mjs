import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { eventually, inParallel } from './lib/eventually.mjs';
import { Stack, watchForHarm } from './lib/stack.mjs';

/** What the fuzzer of the upgrade begins with, too. */
const CORPUS = fileURLToPath(new URL('../../infra/fuzz/corpus/upgrade/', import.meta.url));
const CHANGED = 60;
const WIDTH = 32;
/** A head that is not finished is waited for no longer than this; what is finished is answered at once. */
const ENDED_WITHIN_MS = 20_000;

let stack, assertUnharmed;

before(async () => {
  stack = await Stack.start();
  assertUnharmed = await watchForHarm(stack);
});

after(() => stack?.stop());

/** The same numbers each time (a linear congruential generator). */
function* numbers(seed) {
  for (let state = seed >>> 0; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state >>> 8;
  }
}

/** A copy with something changed: a byte, its length, or a part of another one inside it. */
function change(bytes, others, next) {
  const copy = Buffer.from(bytes);
  const at = next() % (copy.length + 1);
  switch (next() % 4) {
    case 0:
      if (at < copy.length) copy[at] = next();
      return copy;
    case 1:
      return copy.subarray(0, at);
    case 2:
      return Buffer.concat([copy.subarray(0, at), copy]);
    default: {
      const other = others[next() % others.length];
      return Buffer.concat([copy.subarray(0, at), other.subarray(next() % other.length)]);
    }
  }
}

/** Says something on a port and no more; resolves with what is answered when the peer has ended it. */
function say(port, bytes) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const answer = [];
    socket.setTimeout(ENDED_WITHIN_MS, () => {
      reject(new Error(`not ended: ${bytes.toString('latin1')}`));
      socket.destroy();
    });
    socket.on('data', (chunk) => answer.push(chunk));
    // A peer that refuses what it has not read resets the connection, which ends it as well.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(answer)));
    socket.end(bytes);
  });
}

test('whatever comes in at the hub’s port, it is answered in HTTP or not at all, and ended', async () => {
  const names = (await readdir(CORPUS)).sort();
  const seeds = await Promise.all(names.map((name) => readFile(CORPUS + name)));
  const random = numbers(1);
  const next = () => random.next().value;
  const inputs = seeds.flatMap((seed) => {
    const changed = [seed];
    for (let n = 0; n < CHANGED; n += 1) changed.push(change(changed.at(-1), seeds, next));
    return changed;
  });
  const port = Number(new URL(stack.hubUrl).port);
  const answers = await inParallel(inputs, WIDTH, (bytes) => say(port, bytes));
  const statuses = new Set();
  answers.forEach((answer, n) => {
    if (answer.length === 0) return;
    const status = /^HTTP\/1\.[01] ([1-5]\d\d) /.exec(answer.toString('latin1'))?.[1];
    const input = inputs[n].toString('latin1');
    assert.ok(status && status < 500, `${status} to ${JSON.stringify(input)}`);
    statuses.add(status);
  });
  for (const status of ['101', '204', '400', '403', '404']) assert.ok(statuses.has(status), status);
});

test('nothing of it is left, and everything still runs', async () => {
  const headers = { 'x-api-key': stack.adminKey };
  await eventually('all connections have ended', async () => {
    const metrics = await (await fetch(`${stack.hubUrl}/metrics`, { headers })).text();
    return metrics.includes('rookery_hub_connections{transport="websocket"} 0\n');
  });
  await assertUnharmed();
});
