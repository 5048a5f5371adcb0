import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { eventually } from './lib/eventually.mjs';
import { EventStream } from './lib/events.mjs';
import { Hub } from './lib/hub.mjs';
import { Issuer } from './lib/issuer.mjs';
import { Listener } from './lib/listener.mjs';
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

test('one user has so many connections, of whatever kind, and no more', async () => {
  const secret = 'x'.repeat(32);
  const hub = await Hub.start(
    `limits.per_user = 3
     standalone.hmac_secret = "${secret}"
     namespaces.news = { kind = "sequenced", subscribe = "authenticated" }`,
  );
  try {
    const issuer = new Issuer('HS256', secret);
    const token = issuer.token('anna');
    const headers = { authorization: `Bearer ${token}` };
    const stream = () => EventStream.open(`${hub.hubUrl}/sse?topic=news:1`, headers);

    // All at once: each finds the others, or some of them would get past the limit.
    const sockets = Array.from({ length: 20 }, () => new RawSocket(hub.socketUrl));
    await Promise.all(sockets.map((socket) => socket.opened));
    const command = JSON.stringify({ id: 1, connect: { token } });
    sockets.forEach((socket) => socket.send(command));
    const answer = (socket) => socket.frames.length > 0 || socket.socket.readyState === 3;
    await eventually('every socket is answered', () => sockets.every(answer));
    const inside = sockets.filter(({ frames }) => frames[0]?.connect);
    assert.equal(inside.length, 3);
    const outside = sockets.filter((socket) => !inside.includes(socket));
    assert.deepEqual(
      new Set(await Promise.all(outside.map(({ closed }) => closed))),
      new Set([3504]),
    );

    const refused = await stream();
    assert.deepEqual([refused.status, refused.body.code], [429, 'user_full']);
    const listener = new Listener(hub.socketUrl, { token });
    listener.client.connect();
    await eventually('the SDK gives up', () => listener.of('disconnected').length === 1);
    assert.equal(listener.of('disconnected')[0].code, 3504);
    const ben = await RawSocket.connected(hub, issuer.token('ben'));

    inside[0].close();
    const again = await eventually('there is room again', async () => {
      const opened = await stream();
      return opened.status === 200 && opened;
    });
    assert.equal((await stream()).status, 429, 'streams count as well');
    await again.close();
    [...inside, ben].forEach((socket) => socket.close());
  } finally {
    await hub.stop();
  }
});

test('a crowd is let in at its pace, and what is too much is told to come again', async () => {
  const secret = 'x'.repeat(32);
  const hub = await Hub.start(
    `limits.connects_per_second = 1
     standalone.hmac_secret = "${secret}"
     namespaces.news = { kind = "sequenced", subscribe = "authenticated" }`,
  );
  try {
    const token = new Issuer('HS256', secret).token('anna');
    const sockets = Array.from({ length: 6 }, () => new RawSocket(hub.socketUrl));
    await Promise.all(sockets.map((socket) => socket.opened));
    sockets.forEach((socket) => socket.send(JSON.stringify({ id: 1, connect: { token } })));
    const refused = () => sockets.filter(({ frames }) => frames[0]?.error);
    const inside = () => sockets.filter(({ frames }) => frames[0]?.connect).length;
    // One at once and three within the three seconds that a client may be kept waiting.
    await eventually('what is too much is told so', () => refused().length === 2);
    for (const { frames } of refused()) {
      assert.deepEqual([frames[0].error.code, frames[0].error.temporary], [111, true]);
    }
    const stream = await EventStream.open(`${hub.hubUrl}/sse?topic=news:1`, {
      authorization: `Bearer ${token}`,
    });
    assert.deepEqual([stream.status, stream.body.code], [503, 'crowded']);
    assert.ok(inside() < 4, 'the others wait');
    await eventually('the others are let in', () => inside() === 4);
    sockets.forEach((socket) => socket.close());
  } finally {
    await hub.stop();
  }
});
