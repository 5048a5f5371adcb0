import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { eventually } from './lib/eventually.mjs';
import { Hub } from './lib/hub.mjs';
import { fromNow, Issuer } from './lib/issuer.mjs';
import { Sdk } from './lib/sdk.mjs';
import { RawSocket } from './lib/socket.mjs';

const SECRET = 'a secret of thirty-two bytes, or more';
const issuer = new Issuer('HS256', SECRET);
const old = (sub, claims) => issuer.token(sub, { iat: fromNow(-60), ...claims });
const fresh = (sub, claims) => issuer.token(sub, { iat: fromNow(0), ...claims });

let hub;

before(async () => {
  hub = await Hub.start(
    `[standalone]
     hmac_secret = "${SECRET}"
     revocations_file = "{dir}/revocations"
     [namespaces.news]
     kind = "sequenced"`,
  );
});

after(() => hub?.stop());

/** How a connect with that token ends: 0 when it is accepted, else an error's or a close's code. */
async function connects(token) {
  const socket = await RawSocket.open(hub);
  socket.send(JSON.stringify({ id: 1, connect: { token } }));
  const answered = () => socket.frames.length > 0 || socket.socket.readyState === 3;
  await eventually('an answer', answered);
  const [reply] = socket.frames;
  socket.close();
  return reply ? (reply.error?.code ?? 0) : socket.closed;
}

test('who was revoked comes back with a new token and never with the old one', async () => {
  let tokens = 0;
  const getToken = async () => {
    tokens += 1;
    return fresh('anna');
  };
  const sdk = new Sdk(hub.hubUrl, { token: old('anna'), getToken });
  await sdk.connect();
  await hub.backend.do('revoke', { users: ['anna'] });
  await eventually('it was told', () => sdk.closed.some(({ code }) => code === 3014));
  await sdk.client.ready(15_000);
  assert.ok(tokens >= 1);
  assert.equal(await connects(old('anna')), 3500);
  assert.equal(await connects(old('ben')), 0, 'nobody else is meant');

  await hub.restart();
  assert.equal(await connects(old('anna')), 3500, 'after a restart as well');
  assert.equal(await connects(issuer.token('anna')), 3500, 'without iat it counts as old');
  assert.equal(await connects(fresh('anna')), 0);
  sdk.close();
});

test('a session is revoked until the moment that the server names', async () => {
  const expire_at = fromNow(2);
  await hub.backend.do('revoke', { sessions: ['stolen'], expire_at });
  const token = old('cora', { sid: 'stolen' });
  assert.equal(await connects(token), 3500);
  assert.equal(await connects(old('cora', { sid: 'mine' })), 0);
  await eventually('it is over', async () => (await connects(token)) === 0, { everyMs: 100 });
  const { body } = await hub.backend.call('revoke', { users: ['cora'], expire_at: 1 });
  assert.equal(body.error.code, 107);
});

test('a token that ends at once has a second, or is refused with 109', async () => {
  for (const left of [0.3, 0.9, 1.5]) {
    const socket = await RawSocket.open(hub);
    const exp = Date.now() / 1_000 + left;
    const { connect, error } = await socket.call({
      connect: { token: issuer.token('dan', { exp }) },
    });
    if (error) assert.equal(error.code, 109);
    else assert.ok(connect.expires && connect.ttl >= 1, JSON.stringify(connect));
    const channel = 'news:brief';
    const ticket = issuer.ticket('dan', channel, { exp: Date.now() / 1_000 + left });
    const { subscribe } = await socket.call({ subscribe: { channel, token: ticket } });
    if (subscribe) assert.ok(subscribe.expires && subscribe.ttl >= 1, JSON.stringify(subscribe));
    socket.close();
  }
  assert.equal(await connects(issuer.token('dan', { exp: fromNow(-1) })), 109);
});

test('claims and fields that are not supported are refused by name', async () => {
  for (const claim of ['subs', 'meta', 'caps', 'b64info', 'expire_at']) {
    // A reason is logged once a second.
    await eventually(`${claim} is named in the log`, async () => {
      assert.equal(await connects(fresh('eve', { [claim]: {} })), 3500, claim);
      return hub.output.includes(`the claim ${claim} is not supported`);
    });
  }
  const metrics = await hub.backend.metrics();
  assert.ok(metrics['rookery_hub_tokens_refused_total{reason="claim_unsupported"}'] >= 5);
  assert.ok(metrics['rookery_hub_tokens_refused_total{reason="revoked"}'] >= 1);
  const fields = { expire_at: 1, info: {}, override: {}, b64data: 'e30=' };
  for (const [field, value] of Object.entries(fields)) {
    const params = { channel: 'news:a', user: 'anna', [field]: value };
    const { status, body } = await hub.backend.call('subscribe', params);
    assert.equal(status, 400, field);
    assert.match(body.detail, new RegExp(`unknown field \`${field}\``));
  }
});

test('no payload is nested deeper than clients can read', async () => {
  const deep = '['.repeat(30_000) + ']'.repeat(30_000);
  const { body } = await hub.backend.post('/api/publish', `{"channel":"news:deep","data":${deep}}`);
  assert.equal(body.error.code, 107);
  assert.match(body.error.message, /nested deeper/);
});
