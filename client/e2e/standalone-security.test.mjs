import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';

import { Hub } from './lib/hub.mjs';
import { fromNow, Issuer } from './lib/issuer.mjs';
import { RawSocket } from './lib/socket.mjs';
import { forgeries, makeToken } from './lib/tokens.mjs';

const INVALID_TOKEN = 3500;
const PERMISSION_DENIED = 103;
const TOKEN_EXPIRED = 109;

const CONFIG = `
[standalone]
keys_file = "{dir}/key.pem"
issuer = "shop"
audience = "hub"

[namespaces.room]
kind = "sequenced"
presence = "full"

[namespaces.news]
kind = "sequenced"
subscribe = "authenticated"

[namespaces.staff]
kind = "sequenced"
subscribe = "nobody"
`;

const claims = { iss: 'shop', aud: 'hub' };
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = publicKey.export({ type: 'spki', format: 'pem' });
const issuer = new Issuer('RS256', privateKey, { claims });

let hub;

before(async () => {
  hub = await Hub.start(CONFIG, { 'key.pem': pem });
});

after(async () => {
  await hub?.stop();
});

/** Tokens for Anna's connection, or for her subscription, that nobody but the back-end could make. */
function forged(more) {
  const good = issuer.token('anna', more);
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const all = { sub: 'anna', exp: fromNow(600), ...claims, ...more };
  const byHmac = (secret) =>
    makeToken({ alg: 'HS256' }, all, (text) => createHmac('sha256', secret).update(text).digest());
  const withAlg = (alg) => new Issuer('RS256', privateKey, { claims, header: { alg } });
  return {
    ...forgeries(good, 'eve'),
    'another RSA key': new Issuer('RS256', other, { claims }).token('anna', more),
    'HS256 by the public key': byHmac(pem),
    'HS256 by the public key without its last line break': byHmac(pem.trimEnd()),
    'HS256 by the key in DER': byHmac(publicKey.export({ type: 'spki', format: 'der' })),
    'HS256 by an empty secret': byHmac(Buffer.alloc(1)),
    'another algorithm of the same key': withAlg('PS256').token('anna', more),
    'an algorithm that is none': withAlg('nOnE').token('anna', more),
    'another audience': issuer.token('anna', { ...more, aud: 'shop' }),
    'no audience': issuer.token('anna', { ...more, aud: undefined }),
    'another issuer': issuer.token('anna', { ...more, iss: 'hub' }),
    'no issuer': issuer.token('anna', { ...more, iss: undefined }),
    'no expiry': issuer.token('anna', { ...more, exp: undefined }),
    'an expiry in words': issuer.token('anna', { ...more, exp: 'tomorrow' }),
    'not yet': issuer.token('anna', { ...more, nbf: fromNow(600) }),
    nobody: issuer.token('', more),
    'several people': issuer.token(['anna', 'eve'], more),
  };
}

/** The error of a connect, or the code with which it ended the connection. */
async function connectEndsWith(token) {
  const socket = await RawSocket.open(hub);
  const code = await Promise.race([
    socket.closed,
    socket.call({ connect: { token } }).then(({ error }) => error?.code),
  ]);
  socket.close();
  return code;
}

test('a connection is opened by a token that the back-end made for it, and by no other', async () => {
  assert.equal(await connectEndsWith(issuer.token('anna')), undefined);
  assert.equal(await connectEndsWith(issuer.token('anna', { aud: ['other', 'hub'] })), undefined);
  for (const [name, token] of Object.entries(forged({}))) {
    assert.equal(await connectEndsWith(token), INVALID_TOKEN, name);
  }
  const ticket = issuer.ticket('anna', 'room:1');
  assert.equal(await connectEndsWith(ticket), INVALID_TOKEN, "a subscription's token");
  const nowhere = issuer.token('anna', { channels: ['nowhere:1'] });
  assert.equal(await connectEndsWith(nowhere), INVALID_TOKEN, 'a channel that cannot be');
  const late = issuer.token('anna', { exp: fromNow(-1) });
  assert.equal(await connectEndsWith(late), TOKEN_EXPIRED);
});

test('a subscription is made with a token for that user and channel, and with no other', async () => {
  const socket = await RawSocket.connected(hub, issuer.token('anna'));
  const channel = 'room:1';
  const subscribe = async (token, topic = channel) =>
    (await socket.call({ subscribe: { channel: topic, token } })).error?.code;
  for (const [name, token] of Object.entries(forged({ channel }))) {
    assert.equal(await subscribe(token), PERMISSION_DENIED, name);
  }
  const foreign = {
    "the connection's token": issuer.token('anna'),
    "somebody else's": issuer.ticket('eve', channel),
    'another channel': issuer.ticket('anna', 'room:2'),
    'a channel that begins so': issuer.ticket('anna', 'room:'),
    'several channels': issuer.ticket('anna', [channel]),
    'channels of a connection': issuer.token('anna', { channels: [channel] }),
  };
  for (const [name, token] of Object.entries(foreign)) {
    assert.equal(await subscribe(token), PERMISSION_DENIED, name);
  }
  const late = issuer.ticket('anna', channel, { exp: fromNow(-1) });
  assert.equal(await subscribe(late), TOKEN_EXPIRED);
  const over = issuer.ticket('anna', channel, { expire_at: fromNow(-1) });
  assert.equal(await subscribe(over), TOKEN_EXPIRED);
  // No token opens what is for nobody, and a bad one does not get in where none is needed.
  const staff = issuer.ticket('anna', 'staff:1');
  assert.equal(await subscribe(staff, 'staff:1'), PERMISSION_DENIED);
  assert.equal(await subscribe(staff, 'news:1'), PERMISSION_DENIED);
  assert.equal(await subscribe(undefined, 'news:1'), undefined);
  for (const own of ['user:anna', 'feed', 'chat:1', 'control']) {
    assert.ok([102, PERMISSION_DENIED].includes(await subscribe(undefined, own)), own);
  }
  assert.equal(await subscribe(issuer.ticket('anna', channel)), undefined);
  socket.close();
});

test('nobody hears what they have no right to', async () => {
  const [anna, eve] = [
    await RawSocket.connected(hub, issuer.token('anna', { channels: ['room:1'] })),
    await RawSocket.connected(hub, issuer.token('eve')),
  ];
  await eve.call({ subscribe: { channel: 'room:1', token: issuer.ticket('anna', 'room:1') } });
  const denied = { presence: { channel: 'room:1' }, history: { channel: 'room:1' } };
  for (const [command, request] of Object.entries(denied)) {
    assert.equal((await eve.call({ [command]: request })).error.code, PERMISSION_DENIED, command);
  }
  await hub.backend.do('publish', { channel: 'room:1', data: { secret: true } });
  await eve.call({ ping: {} });
  await anna.call({ ping: {} });
  const pushes = (socket) => socket.frames.filter(({ push }) => push?.pub);
  assert.equal(pushes(anna).length, 1);
  assert.equal(pushes(eve).length, 0);
  anna.close();
  eve.close();
  assert.doesNotMatch(hub.output, /panicked|ERROR/);
});
