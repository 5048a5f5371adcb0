import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { Backend } from './lib/backend.mjs';
import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { RawSocket } from './lib/socket.mjs';
import { Stack } from './lib/stack.mjs';

const CORES = ['core-1', 'core-2'];
const STRANGERS = 200;
/** Shorter than any limit of the hub: nothing fails, everything only takes long. */
const PAUSE_MS = 1_500;
/** Until the last of what strangers asked has been answered, or has run out of time. */
const SETTLED_MS = 15_000;

/** An official SDK gives a connect command five seconds. */
const SDK_PATIENCE_MS = 5_000;

let stack, anna;

before(async () => {
  stack = await Stack.start();
  anna = await Person.register(stack, 'anna');
});

after(async () => {
  await Promise.all(CORES.map((name) => stack?.signal(name, 'SIGCONT')));
  anna?.disconnect();
  await stack?.stop();
});

async function metric(name) {
  const { ports } = await stack.process('hub');
  return (await new Backend(`http://127.0.0.1:${ports.api}`).metrics())[name];
}

test('strangers who hang up while cores think leave nothing behind', async () => {
  await Promise.all(CORES.map((name) => stack.signal(name, 'SIGSTOP')));
  const resumed = delay(PAUSE_MS).then(() =>
    Promise.all(CORES.map((name) => stack.signal(name, 'SIGCONT'))),
  );
  const forged = anna.api.token.split('.').slice(0, 2).join('.');
  const strangers = await Promise.all(
    Array.from({ length: STRANGERS }, () => RawSocket.open(stack)),
  );
  strangers.forEach((socket, index) =>
    socket.send(JSON.stringify({ id: 1, connect: { token: `${forged}.${index}` } })),
  );
  await eventually(
    'tokens are being verified',
    async () => (await metric('rookery_hub_verify_in_flight')) > 0,
  );
  strangers.forEach(({ socket }) => socket.terminate());
  await resumed;

  await eventually(
    'no verification is under way',
    async () => (await metric('rookery_hub_verify_in_flight')) === 0,
    { withinMs: SETTLED_MS },
  );
  await anna.connect();
  assert.equal(anna.client.state, 'connected');
});

test('one core that hangs shuts nobody out', async () => {
  const readiness = async () => (await fetch(`${stack.hubUrl}/health/ready`)).status;
  await eventually('the hub is ready', async () => (await readiness()) === 204);
  await stack.signal('core-1', 'SIGSTOP');
  try {
    const connects = Array.from({ length: 20 }, async () => {
      const socket = await RawSocket.open(stack);
      const asked = performance.now();
      const { error } = await socket.call({ connect: { token: anna.api.token } });
      socket.close();
      assert.equal(error, undefined);
      assert.ok(performance.now() - asked < SDK_PATIENCE_MS);
    });
    await Promise.all(connects);
    assert.equal(await readiness(), 204);
  } finally {
    await stack.signal('core-1', 'SIGCONT');
  }
});
