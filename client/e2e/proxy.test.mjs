import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';

import { Stack } from './lib/stack.mjs';

/** nginx's ten seconds, on a busy machine. */
const REQUEST_WITHIN_MS = 20_000;

let stack;

before(async () => {
  stack = await Stack.start();
});

after(() => stack?.stop());

/** How long nginx waits for the rest of a request; `more` is said again and again meanwhile. */
async function waitedFor(begun, more) {
  const socket = connect(Number(new URL(stack.publicUrl).port), '127.0.0.1');
  // A reset is an end, too.
  socket.on('error', () => undefined).resume();
  socket.write(begun);
  const since = performance.now();
  const saying = setInterval(() => more && socket.writable && socket.write(more), 1_000);
  await new Promise((resolve) => socket.on('close', resolve));
  clearInterval(saying);
  return performance.now() - since;
}

test('nginx waits ten seconds for the head of a request, and for each piece of a body', async () => {
  const post = 'POST /api/v1/auth/login HTTP/1.1\r\nHost: rookery\r\nContent-Length: 100\r\n';
  const waited = await Promise.all([
    waitedFor('GET / HTTP/1.1\r\nHost: ro'),
    waitedFor('GET / HTTP/1.1\r\nX-Slow: ', 'x'),
    waitedFor(`${post}\r\n{`),
  ]);
  for (const ms of waited) assert.ok(ms < REQUEST_WITHIN_MS, `${ms} ms`);
});
