import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { group, sendTo } from './lib/scenes.mjs';
import { RawSocket } from './lib/socket.mjs';
import { Stack } from './lib/stack.mjs';

const CORES = ['core-1', 'core-2'];
/** Until a hub believes that cores which take connections and say nothing are away. */
const NOTICED_MS = 20_000;
/** An official SDK gives a connect command five seconds. */
const SDK_PATIENCE_MS = 5_000;

let stack, anna, ben;

before(async () => {
  stack = await Stack.start();
  [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
});

after(async () => {
  await Promise.all(CORES.map((name) => stack?.signal(name, 'SIGCONT')));
  anna?.disconnect();
  ben?.disconnect();
  await stack?.stop();
});

const readiness = async () => {
  const response = await fetch(`${stack.hubUrl}/health/ready`);
  return response.status === 204 ? 'ready' : (await response.json()).code;
};

test('without any core open connections live on, and new ones wait', async () => {
  await anna.connect();
  await ben.connect();
  const chat = await group(anna, ben);
  ben.disconnect();
  assert.equal(await readiness(), 'ready');

  await Promise.all(CORES.map((name) => stack.signal(name, 'SIGSTOP')));
  await eventually('the hub is not ready', async () => (await readiness()) === 'core_unreachable', {
    withinMs: NOTICED_MS,
  });
  await anna.ack(chat, 0);
  assert.equal(anna.client.state, 'connected');

  const socket = await RawSocket.open(stack);
  const asked = performance.now();
  const { error } = await socket.call({ connect: { token: ben.api.token } });
  assert.deepEqual(error, { code: 100, message: 'internal server error', temporary: true });
  assert.ok(performance.now() - asked < SDK_PATIENCE_MS, 'before the SDK gives up');
  socket.close();

  const connecting = ben.connect();
  await Promise.all(CORES.map((name) => stack.signal(name, 'SIGCONT')));
  await connecting;
  await eventually('the hub is ready again', async () => (await readiness()) === 'ready');
  await sendTo(anna, chat, 'all is well', [anna, ben]);
  assert.deepEqual(anna.closed, [], 'nothing was closed');
});
