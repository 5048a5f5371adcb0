import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { eventually } from './lib/eventually.mjs';
import { EventStream } from './lib/events.mjs';
import { Person } from './lib/person.mjs';
import { RawSocket } from './lib/socket.mjs';
import { Stack } from './lib/stack.mjs';

let stack, anna;

before(async () => {
  stack = await Stack.start({
    env: { ROOKERY_HUB_LIMITS__PER_ADDRESS: '2', ROOKERY_HUB_LIMITS__CONNECTIONS: '3' },
  });
  anna = await Person.register(stack, 'anna');
});

after(() => stack?.stop());

/** A socket from one of the loopback network's addresses, and the status of its upgrade. */
async function from(localAddress) {
  const socket = new RawSocket(stack.socketUrl, { localAddress });
  return { socket, status: await socket.opened };
}

test('a full hub and an address with enough connections are told so, until somebody leaves', async () => {
  const [first, second] = [await from('127.0.0.1'), await from('127.0.0.1')];
  assert.deepEqual([first.status, second.status], [101, 101]);
  assert.equal((await from('127.0.0.1')).status, 429);
  const headers = { authorization: `Bearer ${anna.api.token}` };
  const url = `${stack.hubUrl}/user/sse/notification/${anna.id}`;
  const stream = await EventStream.open(url, headers);
  assert.equal(stream.status, 429);
  assert.equal(stream.body.code, 'address_full');

  const third = await from('127.0.0.2');
  assert.equal(third.status, 101);
  assert.equal((await from('127.0.0.3')).status, 503);

  second.socket.close();
  third.socket.close();
  const again = await eventually('a place is free', async () => {
    const opened = await EventStream.open(url, headers);
    return opened.status === 200 && opened;
  });
  assert.equal((await from('127.0.0.1')).status, 429, 'streams count as well');
  await again.close();
  first.socket.close();
});
