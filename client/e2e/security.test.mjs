import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { eventually } from './lib/eventually.mjs';
import { EventStream } from './lib/events.mjs';
import { callGrpc } from './lib/grpc.mjs';
import { Person } from './lib/person.mjs';
import { directChat, sendTo } from './lib/scenes.mjs';
import { RawSocket } from './lib/socket.mjs';
import { Stack } from './lib/stack.mjs';
import { claimsOf, forgeries, headerOf, makeToken, signedBy } from './lib/tokens.mjs';

const UNAUTHENTICATED = 16;
const REVOKED_WITHIN_MS = 5_000;

let stack;
let anna, ben, mallory;
/** The chat of Anna and Ben, and its channel. */
let id, channel;

before(async () => {
  stack = await Stack.start();
  [anna, ben, mallory] = await Person.crowd(stack, ['anna', 'ben', 'mallory']);
  await Promise.all([anna, ben, mallory].map((person) => person.connect()));
  id = await directChat(anna, ben);
  channel = `chat:${id}`;
  await sendTo(anna, id, 'between us', [ben]);
});

after(async () => {
  [anna, ben, mallory].forEach((person) => person?.disconnect());
  await stack?.stop();
});

test('nobody publishes anything but typing, not even a member', async () => {
  const message = { ...anna.chat(id).messages[0], seq: 2, text: 'forged' };
  const forged = [
    { type: 'message.posted', message },
    { type: 'member.removed', user_id: ben.id, by: anna.id },
    { type: 'receipts.moved', receipts: [] },
    { type: 'presence', user_id: ben.id, online: false },
  ];
  const socket = await RawSocket.connected(stack, anna.api.token);
  await socket.call({ subscribe: { channel } });
  for (const data of forged) {
    const { error } = await socket.call({ publish: { channel, data } });
    assert.equal(error?.code, 103, data.type);
  }
  for (const own of ['feed', `user:${anna.id}`, `user:${ben.id}`, 'control']) {
    const data = { type: 'typing' };
    const { error } = await socket.call({ publish: { channel: own, data } });
    assert.equal(error?.code, 103, own);
  }
  const pretending = { type: 'typing', user_id: ben.id };
  await socket.call({ publish: { channel, data: pretending } });
  const typing = () => ben.chat(id).ephemeral.find((event) => event.type === 'typing');
  assert.deepEqual(await eventually('typing', typing), { type: 'typing', user_id: anna.id });
  socket.close();
  assert.deepEqual(ben.chat(id).texts, ['between us']);
});

test('a stranger neither hears nor touches a chat through the socket', async () => {
  const socket = await RawSocket.connected(stack, mallory.api.token);
  const commands = [
    { subscribe: { channel } },
    { subscribe: { channel, recover: true, epoch: '', offset: 0 } },
    { subscribe: { channel: `user:${anna.id}` } },
    { subscribe: { channel: 'control' } },
    { subscribe: { channel: `chat:${randomUUID()}` } },
    { publish: { channel, data: { type: 'typing' } } },
    { rpc: { method: 'ack', data: { conversation_id: id, seq: 1 } } },
    { presence: { channel } },
    { presence_stats: { channel } },
  ];
  for (const command of commands) {
    const { error } = await socket.call(command);
    assert.equal(error?.code, 103, JSON.stringify(command));
  }
  socket.close();
});

test('a chat of others does not exist over HTTP', async () => {
  const path = `/conversations/${id}`;
  const message = { client_msg_id: randomUUID(), text: 'let me in' };
  const requests = [
    ['GET', path],
    ['GET', `${path}/messages`],
    ['GET', `${path}/changes?after_offset=0`],
    ['POST', `${path}/messages`, message],
    ['POST', `${path}/receipts`, { read_seq: 1 }],
    ['POST', `${path}/members`, { user_id: mallory.id }],
    ['DELETE', `${path}/members/${anna.id}`],
    ['DELETE', `${path}/members/${mallory.id}`],
  ];
  for (const [method, at, body] of requests) {
    const answer = await mallory.api.once(method, at, body);
    assert.equal(answer.status, 404, `${method} ${at}`);
    assert.match(answer.headers.get('content-type'), /problem\+json/);
  }
  const conversations = await mallory.api.conversations();
  assert.deepEqual(conversations, []);
});

test('the event stream of somebody else is refused', async () => {
  const url = `${stack.hubUrl}/user/sse/notification/${anna.id}`;
  const theirs = await EventStream.open(url, { authorization: `Bearer ${mallory.api.token}` });
  assert.equal(theirs.status, 403);
  const nobodys = await EventStream.open(url, {});
  assert.equal(nobodys.status, 401);
});

/** What each door says to a token. */
async function present(token) {
  const http = await fetch(`${stack.publicUrl}/api/v1/users/me`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const url = `${stack.hubUrl}/user/sse/notification/${anna.id}`;
  const stream = await EventStream.open(url, { authorization: `Bearer ${token}` });
  const socket = await RawSocket.open(stack);
  socket.send(JSON.stringify({ id: 1, connect: { token } }));
  const reply = eventually('a reply', () => socket.frames[0]).then(({ error }) => error?.code);
  const answered = await Promise.race([socket.closed, reply]);
  socket.close();
  return { http: http.status, stream: stream.status, socket: answered };
}

test('forged tokens are refused at every door', async () => {
  for (const [name, token] of Object.entries(forgeries(anna.api.token, ben.id))) {
    assert.deepEqual(await present(token), { http: 401, stream: 401, socket: 3500 }, name);
  }
});

test('an expired token is refused, and the socket asks for a new one', async () => {
  const token = anna.api.token;
  const now = Math.floor(Date.now() / 1000);
  const claims = { ...claimsOf(token), iat: now - 7200, nbf: now - 7200, exp: now - 3600 };
  const expired = makeToken(headerOf(token), claims, signedBy(await stack.signingKey()));
  assert.deepEqual(await present(expired), { http: 401, stream: 401, socket: 109 });
});

test('logging out ends the connections of that session and no other', async () => {
  const tablet = await anna.secondDevice();
  const { token, cookie } = tablet.api;
  const socket = await RawSocket.connected(stack, token);
  const stays = await RawSocket.connected(stack, anna.api.token);
  const started = performance.now();
  await tablet.api.post('/auth/logout');
  assert.equal(await socket.closed, 3014);
  assert.ok(performance.now() - started < REVOKED_WITHIN_MS);
  assert.deepEqual(await present(token), { http: 401, stream: 401, socket: 3500 });
  const api = new Api(stack.publicUrl);
  api.cookie = cookie;
  assert.equal((await api.once('POST', '/auth/refresh')).status, 401);
  assert.equal((await stays.call({ ping: {} })).error, undefined);
  stays.close();
});

test('a logged-out device does not come back by itself', async () => {
  const tablet = await (await anna.secondDevice()).connect();
  await tablet.api.post('/auth/logout');
  await eventually('it has given up', () => tablet.client.state === 'disconnected');
  assert.ok(tablet.closed.some(({ code }) => code === 3014));
});

test('the admin’s stream wants the API key', async () => {
  const url = `${stack.hubUrl}/admin/sse`;
  const wrong = [
    {},
    { 'x-api-key': '' },
    { 'x-api-key': `${stack.adminKey}x` },
    { 'x-api-key': stack.adminKey.slice(0, -1) },
    { authorization: `Bearer ${anna.api.token}` },
  ];
  for (const headers of wrong) {
    assert.equal((await EventStream.open(url, headers)).status, 401);
  }
  const right = await EventStream.open(url, { 'x-api-key': stack.adminKey });
  assert.equal(right.status, 200);
  await right.close();
});

test('pages of another origin cannot connect', async () => {
  const status = (origin) => {
    const socket = new RawSocket(stack.socketUrl, origin ? { origin } : {});
    return socket.opened.finally(() => socket.close());
  };
  for (const origin of ['http://evil.example', 'null', `${stack.publicUrl}.evil.example`]) {
    assert.equal(await status(origin), 403, origin);
  }
  assert.equal(await status(new URL(stack.publicUrl).origin), 101);
  assert.equal(await status(undefined), 101);
});

test('gRPC between cores and hub wants the credential', async () => {
  const doors = [
    ['hub', 'rookery.hub.v1.Ingress/PublishStream'],
    ['hub', 'rookery.hub.v1.Ingress/Announce'],
    ['core-1', 'rookery.core.v1.Auth/VerifyToken'],
    ['core-1', 'rookery.core.v1.Auth/Authorize'],
    ['core-1', 'rookery.core.v1.Log/Read'],
    ['core-2', 'rookery.core.v1.Log/ReadHeads'],
    ['core-2', 'rookery.core.v1.Receipts/Report'],
    ['core-2', 'rookery.core.v1.Diagnostics/Ping'],
  ];
  const presented = [{}, { authorization: 'Bearer a guess' }];
  presented.push({ authorization: `Bearer ${anna.api.token}` });
  for (const [name, method] of doors) {
    const { ports } = await stack.process(name);
    for (const headers of presented) {
      const origin = `http://127.0.0.1:${ports.grpc}`;
      assert.equal(await callGrpc(origin, method, { headers }), UNAUTHENTICATED, method);
    }
  }
});

test('a stranger’s password guesses are slowed down', async () => {
  const guesser = new Api(stack.publicUrl);
  const { handle } = (await Person.register(stack, 'victim')).user;
  const answers = [];
  while (answers.length < 50 && answers.at(-1)?.status !== 429) {
    answers.push(await guesser.once('POST', '/auth/login', { handle, password: 'a wrong one' }));
  }
  const last = answers.at(-1);
  assert.equal(last.status, 429);
  assert.equal(last.body.code, 'too_many_attempts');
  assert.ok(Number(last.headers.get('retry-after')) > 0);
  assert.ok(answers.slice(0, -1).every(({ status }) => status === 401));
});
