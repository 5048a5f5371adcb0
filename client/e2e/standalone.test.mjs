import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';

import { CentClient } from 'cent.js';
import { Centrifuge as ProtobufCentrifuge } from 'centrifuge/build/protobuf';
import { WebSocket } from 'ws';

import { eventually } from './lib/eventually.mjs';
import { EventStream } from './lib/events.mjs';
import { Hub } from './lib/hub.mjs';
import { fromNow, Issuer } from './lib/issuer.mjs';
import { Listener } from './lib/listener.mjs';
import { RawSocket } from './lib/socket.mjs';

const SECRET = '0123456789abcdef0123456789abcdef';

const CONFIG = `
[standalone]
hmac_secret = "file:{dir}/secret"
keys_file = "{dir}/keys.json"

[connection]
expired_grace_s = 1

[namespaces.room]
kind = "sequenced"
publish = "subscribers"
presence = "full"
join_leave = true

[namespaces.news]
kind = "sequenced"
subscribe = "authenticated"

[namespaces.tips]
kind = "ephemeral"
subscribe = "authenticated"
`;

const QUICK = { minReconnectDelay: 50, maxReconnectDelay: 200 };

const pairs = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: generateKeyPairSync('ed25519'),
};

const jwks = (...keys) =>
  JSON.stringify({
    keys: keys.map(([key, more]) => ({ ...key.export({ format: 'jwk' }), ...more })),
  });

let hub;
const issuer = new Issuer('HS256', SECRET);
const listeners = [];

before(async () => {
  const keys = Object.entries(pairs).map(([kid, { publicKey }]) => [publicKey, { kid }]);
  hub = await Hub.start(CONFIG, { secret: `${SECRET}\n`, 'keys.json': jwks(...keys) });
});

after(async () => {
  listeners.forEach((listener) => listener.disconnect());
  await hub?.stop();
});

/** Somebody who is connected by a token with these claims. */
async function connected(sub, claims, options) {
  const token = issuer.token(sub, claims);
  const listener = new Listener(hub.socketUrl, {
    token,
    getToken: () => token,
    ...QUICK,
    ...options,
  });
  listeners.push(listener);
  await listener.connect();
  return listener;
}

const hears = (listener, channel, count) =>
  eventually(`${channel} brought ${count}`, () => listener.heard(channel).length >= count);

const has = (listener, what, channel, count = 1) =>
  eventually(`${what} of ${channel}`, () => listener.of(what, channel).length >= count);

test('a token of every kind of key opens a connection, whether it names the key or not', async () => {
  for (const [alg, { privateKey }] of Object.entries(pairs)) {
    for (const header of [{}, { kid: alg }]) {
      const token = new Issuer(alg, privateKey, { header }).token('anna');
      const socket = await RawSocket.open(hub);
      const { connect, error } = await socket.call({ connect: { token } });
      assert.equal(error, undefined, alg);
      assert.equal(connect.subs, undefined, 'nothing that a core would have granted');
      assert.ok(connect.expires && connect.ttl > 590, alg);
      socket.close();
    }
  }
});

test('what a back-end publishes is heard, and what was missed comes after a break', async () => {
  const anna = await connected('anna', { channels: ['room:lobby', 'tips'] });
  const ticket = issuer.ticket('anna', 'room:1');
  await anna.subscribe('room:1', { token: ticket, getToken: () => ticket });
  await anna.subscribe('news:1');
  const made = anna.of('subscribed').filter(({ byServer }) => byServer);
  assert.deepEqual(made.map(({ channel }) => channel).sort(), ['room:lobby', 'tips']);

  const cent = new CentClient({ url: `${hub.backend.url}/api`, apiKey: hub.backend.key });
  for (const channel of ['room:1', 'room:lobby', 'news:1', 'tips']) {
    await cent.publish({ channel, data: { n: 1 } });
    await hears(anna, channel, 1);
  }

  anna.disconnect();
  for (const channel of ['room:1', 'room:lobby', 'news:1', 'tips']) {
    await cent.publish({ channel, data: { n: 2 } });
  }
  await anna.connect();
  await hears(anna, 'room:1', 2);
  await hears(anna, 'room:lobby', 2);
  for (const channel of ['room:1', 'room:lobby', 'news:1']) {
    const { wasRecovering, recovered } = anna.of('subscribed', channel).at(-1);
    assert.deepEqual([wasRecovering, recovered], [true, true], channel);
    assert.deepEqual(anna.heard(channel), [{ n: 1 }, { n: 2 }], channel);
  }
  assert.deepEqual(anna.heard('tips'), [{ n: 1 }], 'nothing of it is kept');
});

test('clients publish where their namespace lets them, and others learn what tokens say of them', async () => {
  const anna = await connected('anna');
  const ben = await connected('ben', { info: { name: 'Ben' } });
  const channel = 'room:talk';
  const token = issuer.ticket('anna', channel);
  const hers = await anna.subscribe(channel, { token, joinLeave: true });
  const marks = [];
  for (const what of ['join', 'leave']) hers.on(what, ({ info }) => marks.push({ what, ...info }));
  const his = await ben.subscribe(channel, {
    token: issuer.ticket('ben', channel, { info: { colour: 'red' } }),
  });
  await his.publish({ text: 'hello' });
  await hears(anna, channel, 1);
  const known = {
    user: 'ben',
    client: ben.id,
    connInfo: { name: 'Ben' },
    chanInfo: { colour: 'red' },
  };
  const [{ data, info }] = anna.of('publication', channel);
  assert.deepEqual([data, info], [{ text: 'hello' }, known]);
  // The SDK adds the names that the wire has.
  const { conn_info: _, chan_info: __, ...shown } = (await hers.presence()).clients[ben.id];
  assert.deepEqual(shown, known);
  his.unsubscribe();
  await eventually('he has left', () => marks.length === 2);
  assert.deepEqual(marks, [
    { what: 'join', ...known },
    { what: 'leave', ...known },
  ]);
  await assert.rejects(anna.client.publish('news:1', {}), { code: 103 });
  await assert.rejects(anna.client.rpc('ack', {}), { code: 104 });
});

test('binary connections are seated on their channels, too', async () => {
  const token = issuer.token('anna', { channels: ['tips', 'room:lobby'] });
  const client = new ProtobufCentrifuge(hub.socketUrl, { websocket: WebSocket, token });
  listeners.push(client);
  const heard = [];
  client.on('publication', ({ channel }) => heard.push(channel));
  client.connect();
  await client.ready(15_000);
  await hub.backend.do('publish', { channel: 'tips', data: {} });
  await hub.backend.do('publish', { channel: 'room:lobby', data: {} });
  await eventually('both were heard', () => heard.length === 2);
});

test('a plain event stream hears what its token names and what is for all', async () => {
  const headers = { authorization: `Bearer ${issuer.token('anna', { channels: ['room:7'] })}` };
  const url = `${hub.hubUrl}/sse?topic=room:7&topic=news:1&topic=room:8&topic=chat:1`;
  const stream = await EventStream.open(url, headers);
  await eventually('it begins', () => stream.events.length === 3);
  const [ready, ...refused] = stream.events.map(({ data }) => data);
  assert.deepEqual(
    ready.topics.map(({ topic }) => topic),
    ['room:7', 'news:1'],
  );
  assert.deepEqual(
    refused.map(({ topic, code }) => [topic, code]),
    [
      ['room:8', 103],
      ['chat:1', 102],
    ],
  );
  await hub.backend.do('publish', { channel: 'room:7', data: { n: 1 } });
  await eventually('it was heard', () => stream.events.length === 4);
  await stream.close();
});

test('a connection whose token is refreshed goes on; without that it ends and comes back', async () => {
  let asked = 0;
  const getToken = () => {
    asked += 1;
    if (asked > 1) throw new Error('the back-end is away');
    return issuer.token('anna', { exp: fromNow(3) });
  };
  const anna = await connected('anna', { exp: fromNow(3) }, { getToken });
  const started = performance.now();
  await eventually('the token was refreshed', () => asked === 2, { withinMs: 15_000 });
  assert.equal(anna.of('connecting').length, 1, 'only the first time');
  await eventually('it ended', () => anna.of('connecting').length === 2, { withinMs: 15_000 });
  assert.equal(anna.of('connecting').at(-1).code, 3005);
  assert.ok(performance.now() - started > 3_000, 'not before the first token was over');
  asked = 0;
  await eventually('it is back', () => anna.of('connected').length === 2, { withinMs: 15_000 });
});

test('a refresh with another user or a bad token ends the connection', async () => {
  for (const [token, code] of [
    [issuer.token('eve'), 3500],
    [new Issuer('HS256', 'x'.repeat(32)).token('anna'), 3005],
    [issuer.token('anna', { exp: fromNow(-10) }), 3005],
  ]) {
    const socket = await RawSocket.connected(hub, issuer.token('anna'));
    socket.send(JSON.stringify({ id: 9, refresh: { token } }));
    assert.equal(await socket.closed, code);
  }
});

test('a subscription whose token is refreshed goes on; without that it ends and starts anew', async () => {
  let asked = 0;
  const getToken = () => {
    asked += 1;
    if (asked === 3) throw new Error('the back-end is away');
    return issuer.ticket('anna', 'room:short', { exp: fromNow(3) });
  };
  const anna = await connected('anna');
  await anna.subscribe('room:short', { getToken });
  await eventually('the token was refreshed', () => asked === 3, { withinMs: 15_000 });
  assert.equal(anna.of('subscribing', 'room:short').length, 1, 'only the first time');
  await hub.backend.do('publish', { channel: 'room:short', data: { n: 1 } });
  await hears(anna, 'room:short', 1);
  await eventually('it ended', () => anna.of('subscribing', 'room:short').length === 2, {
    withinMs: 15_000,
  });
  assert.equal(anna.of('subscribing', 'room:short').at(-1).code, 2501);
  await has(anna, 'subscribed', 'room:short', 2);
  const { wasRecovering, recovered } = anna.of('subscribed', 'room:short').at(-1);
  assert.deepEqual([wasRecovering, recovered], [true, true]);
  assert.equal(anna.of('connecting').length, 1, 'the connection was never touched');
});

test('a subscription ends when its token says, or never', async () => {
  const socket = await RawSocket.connected(hub, issuer.token('anna'));
  const subscribe = async (channel, claims) => {
    const token = issuer.ticket('anna', channel, claims);
    return (await socket.call({ subscribe: { channel, token } })).subscribe;
  };
  const later = await subscribe('room:later', { exp: fromNow(60), expire_at: fromNow(900) });
  assert.ok(later.expires && later.ttl > 890);
  const always = await subscribe('room:always', { exp: fromNow(60), expire_at: 0 });
  assert.equal(always.expires, undefined);

  const soon = await subscribe('room:soon', { exp: fromNow(2) });
  assert.ok(soon.expires && (soon.ttl ?? 0) <= 1);
  const refresh = (token) => socket.call({ sub_refresh: { channel: 'room:soon', token } });
  const late = await refresh(issuer.ticket('anna', 'room:soon', { exp: fromNow(-10) }));
  assert.deepEqual([late.error.code, late.error.temporary], [109, true]);
  const good = await refresh(issuer.ticket('anna', 'room:soon', { exp: fromNow(600) }));
  assert.ok(good.sub_refresh.expires && good.sub_refresh.ttl > 590);
  const foreign = await refresh(issuer.ticket('eve', 'room:soon'));
  assert.equal(foreign.error.code, 103);
  const nowhere = { channel: 'room:other', token: issuer.ticket('anna', 'room:other') };
  assert.equal((await socket.call({ sub_refresh: nowhere })).error.code, 103);

  const brief = await subscribe('room:brief', { exp: fromNow(2) });
  assert.ok(brief.expires);
  const ended = () => socket.frames.flatMap(({ push }) => (push?.unsubscribe ? [push] : []));
  await eventually('the brief one ended', () => ended().length > 0);
  assert.deepEqual(
    ended().map(({ channel, unsubscribe }) => [channel, unsubscribe.code]),
    [['room:brief', 2501]],
  );
  socket.close();
});

test('a back-end ends what it has signed for', async () => {
  const [anna, other] = [
    await connected(
      'anna',
      { sid: 'stolen' },
      { getToken: () => issuer.token('anna', { sid: 'new' }) },
    ),
    await connected('anna', { jti: 'mine' }),
  ];
  await hub.backend.do('revoke', { sessions: ['stolen'] });
  await eventually('it is back', () => anna.of('connected').length === 2);
  assert.equal(anna.of('connecting').at(-1).code, 3014);
  assert.equal(other.of('connecting').length, 1);
  const socket = await RawSocket.open(hub);
  socket.send(
    JSON.stringify({ id: 1, connect: { token: issuer.token('anna', { sid: 'stolen' }) } }),
  );
  assert.equal(await socket.closed, 3500);
});

test('keys are replaced while the hub runs', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const next = new Issuer('EdDSA', privateKey, { header: { kid: 'next' } });
  const code = async (token) => {
    const socket = await RawSocket.open(hub);
    socket.send(JSON.stringify({ id: 1, connect: { token } }));
    const answer = () => socket.frames.length > 0 || socket.socket.readyState === 3;
    await eventually('an answer', answer);
    const { readyState } = socket.socket;
    socket.close();
    return readyState === 3 ? socket.closed : 0;
  };
  assert.equal(await code(next.token('anna')), 3500);
  const old = new Issuer('EdDSA', pairs.EdDSA.privateKey);
  await hub.write('keys.json', jwks([publicKey, { kid: 'next' }], [pairs.EdDSA.publicKey, {}]));
  assert.equal(await code(next.token('anna')), 0);
  assert.equal(await code(old.token('anna')), 0);
  await hub.write('keys.json', jwks([publicKey, { kid: 'next' }]));
  assert.equal(await code(next.token('anna')), 0);
  assert.equal(await code(old.token('anna')), 3500);
});

test('nothing went wrong unseen', async () => {
  assert.doesNotMatch(hub.output, /panicked|ERROR/);
  assert.match(hub.output, /hub is open/);
});
