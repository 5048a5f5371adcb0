import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';

import { launchBrowser } from './lib/browser.mjs';
import { PageEventSource } from './lib/event-source.mjs';
import { eventually } from './lib/eventually.mjs';
import { EventStream } from './lib/events.mjs';
import { Page } from './lib/page.mjs';
import { Person } from './lib/person.mjs';
import { directChat } from './lib/scenes.mjs';
import { Stack } from './lib/stack.mjs';
import { claimsOf, headerOf, makeToken, signedBy } from './lib/tokens.mjs';

/** Well below the heartbeats, which are 20 s apart. */
const AT_ONCE_MS = 5_000;

let stack, browser;
let anna, ben, mallory;
/** A direct chat of Anna and Ben, and a group of both. */
let direct, group;

before(async () => {
  stack = await Stack.start();
  browser = await launchBrowser();
  [anna, ben, mallory] = await Person.crowd(stack, ['anna', 'ben', 'mallory']);
  await Promise.all([anna, ben].map((person) => person.connect()));
  direct = await directChat(anna, ben);
  group = (await ben.api.createGroup('Both', [anna.id])).id;
  await anna.hasChat(group);
});

after(async () => {
  [anna, ben].forEach((person) => person?.disconnect());
  await browser?.close();
  await stack?.stop();
});

const bearer = (person) => ({ authorization: `Bearer ${person.api.token}` });

/** The address of a stream on these topics. */
function address(topics, more = {}, base = stack.hubUrl) {
  const url = new URL(`${base}/sse`);
  topics.forEach((topic) => url.searchParams.append('topic', topic));
  Object.entries(more).forEach(([name, value]) => url.searchParams.append(name, value));
  return url.href;
}

const own = (person) => `user:${person.id}`;
const chats = () => [own(anna), `chat:${direct}`, `chat:${group}`];

async function ticketOf(token, wish) {
  const answer = await fetch(`${stack.hubUrl}/sse/ticket`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: wish && JSON.stringify(wish),
  });
  return { status: answer.status, headers: answer.headers, ...(await answer.json()) };
}

/** Ben writes into both chats in turn; returns the texts. */
async function write(count, topic) {
  const texts = Array.from({ length: count }, (_, n) => `${topic} ${n}`);
  for (const [n, text] of texts.entries()) await ben.api.send(n % 2 ? direct : group, text);
  return texts;
}

const textsOf = (events) =>
  events
    .filter(({ data }) => data.event?.type === 'message.posted')
    .map(({ data }) => data.event.message.text);

test('one stream carries several topics and goes on after any of its events', async () => {
  const first = await EventStream.open(address(chats()), bearer(anna));
  assert.equal(first.status, 200);
  assert.match(first.headers.get('content-type'), /^text\/event-stream/);
  assert.match(first.headers.get('cache-control'), /no-store/);
  assert.equal(first.headers.get('x-accel-buffering'), 'no');
  const ready = await eventually('it begins', () => first.events[0]);
  assert.equal(ready.event, 'ready');
  assert.deepEqual(
    ready.data.topics.map(({ topic }) => topic),
    chats(),
  );
  const texts = await write(10, 'heard');
  await eventually('the messages', () => textsOf(first.events).length === texts.length);
  // In each topic in order; what two cores say of two topics at once may come either way.
  for (const parity of [0, 1]) {
    const ofOne = (_, n) => n % 2 === parity;
    const topic = `chat:${parity ? direct : group}`;
    const heard = textsOf(first.events.filter(({ data }) => data.topic === topic));
    assert.deepEqual(heard, texts.filter(ofOne));
  }
  const [event] = first.events.filter(({ data }) => data.topic === `chat:${direct}`);
  assert.deepEqual(Object.keys(event.data), ['topic', 'epoch', 'offset', 'event']);
  await first.close();
  const missed = await write(4, 'missed');

  const positions = first.events.filter(({ id }) => id);
  for (const [n, { id }] of positions.entries()) {
    assert.ok(id.length < 4096);
    const resumed = await EventStream.open(address(chats()), {
      ...bearer(anna),
      'last-event-id': id,
    });
    const due = [...textsOf(positions.slice(n + 1)), ...missed];
    await eventually('what was missed', () => textsOf(resumed.events).length >= due.length);
    assert.deepEqual(textsOf(resumed.events).toSorted(), due.toSorted());
    assert.ok(resumed.events.every(({ event }) => event !== 'reset'));
    assert.equal(resumed.events[0].id, id, 'it begins where the client was');
    await resumed.close();
  }
});

test('the header is newer than the address', async () => {
  const stream = await EventStream.open(address(chats()), bearer(anna));
  const old = (await eventually('it begins', () => stream.events[0])).id;
  await write(2, 'between');
  const { id } = await eventually('the second message', () => stream.events[2]);
  await stream.close();
  const begins = async (query, headers) => {
    const resumed = await EventStream.open(address(chats(), query), {
      ...bearer(anna),
      ...headers,
    });
    const [first] = await eventually('it begins', () => resumed.events[0] && resumed.events);
    await resumed.close();
    return first.id;
  };
  assert.equal(await begins({ last_event_id: old }, {}), old);
  assert.equal(await begins({ last_event_id: old }, { 'last-event-id': id }), id);
});

test('a loss is told, topic by topic, before it is left behind', async () => {
  const stream = await EventStream.open(address([own(anna)]), bearer(anna));
  const { id } = await eventually('it begins', () => stream.events[0]);
  await stream.close();
  for (const last of [id, 'garbage', `${id}.0-1`]) {
    const resumed = await EventStream.open(address(chats()), {
      ...bearer(anna),
      'last-event-id': last,
    });
    const lost = last === 'garbage' ? chats() : chats().slice(1);
    await eventually('it is told', () => resumed.events.length === 1 + lost.length);
    const [ready, ...resets] = resumed.events;
    assert.equal(ready.event, 'ready');
    assert.deepEqual(
      resets.map(({ event, data }) => [event, data.topic]),
      lost.map((topic) => ['reset', topic]),
    );
    assert.ok(resets.at(-1).id.length > (ready.id ?? '').length);
    await resumed.close();
  }
});

test('nobody hears what is not theirs', async () => {
  const foreign = [`chat:${direct}`, own(anna), 'control', 'feed', 'chat:no-id', 'nonsense'];
  const refused = await EventStream.open(address(foreign), bearer(mallory));
  assert.equal(refused.status, 403);
  assert.equal(refused.body.code, 'topics_refused');

  const stream = await EventStream.open(address([own(mallory), ...foreign]), bearer(mallory));
  await eventually('it is told', () => stream.events.length === 1 + foreign.length);
  const [ready, ...ended] = stream.events;
  assert.deepEqual(
    ready.data.topics.map(({ topic }) => topic),
    [own(mallory)],
  );
  for (const { event, data } of ended) {
    assert.equal(event, 'unsubscribed');
    assert.ok([102, 103].includes(data.code), `${data.topic}: ${data.code}`);
  }
  await write(2, 'not for Mallory');
  await anna.hasChat(direct, { seq: ben.chat(direct).lastSeq });
  assert.deepEqual(textsOf(stream.events), []);
  await stream.close();
  const theirs = `${stack.hubUrl}/user/sse/notification/${anna.id}`;
  assert.equal((await EventStream.open(theirs, bearer(mallory))).status, 403);
});

test('what is no list of topics is refused', async () => {
  const many = Array.from({ length: 21 }, (_, n) => `chat:${n}`);
  for (const topics of [[], [''], ['a'.repeat(256)], many]) {
    const { status, body } = await EventStream.open(address(topics), bearer(anna));
    assert.equal(status, 400);
    assert.equal(body.code, 'topics_invalid');
  }
});

test('who is removed from a group is told, and hears the other topics on', async () => {
  const { id } = await ben.api.createGroup('For now', [anna.id]);
  const topics = [`chat:${id}`, `chat:${direct}`];
  const stream = await EventStream.open(address(topics), bearer(anna));
  await eventually('it begins', () => stream.events[0]);
  await ben.api.once('DELETE', `/conversations/${id}/members/${anna.id}`);
  const ended = () => stream.events.find(({ event }) => event === 'unsubscribed');
  assert.deepEqual((await eventually('it is told', ended)).data, {
    topic: `chat:${id}`,
    code: 2000,
    reason: 'server unsubscribe',
  });
  await ben.api.send(id, 'not for Anna');
  await ben.api.send(direct, 'for Anna');
  await eventually('the other topic', () => textsOf(stream.events).length > 0);
  assert.deepEqual(textsOf(stream.events), ['for Anna']);
  const last = stream.events.at(-1).id;
  await stream.close();
  const resumed = await EventStream.open(address(topics), {
    ...bearer(anna),
    'last-event-id': last,
  });
  await eventually('it begins', () => resumed.events.length === 2);
  assert.deepEqual(
    resumed.events.map(({ event }) => event),
    ['ready', 'unsubscribed'],
  );
  await resumed.close();
});

test('a ticket is opaque, and good as long as its token', async () => {
  const { token } = anna.api;
  const { status, ticket, expires_at_ms: expires } = await ticketOf(token);
  assert.equal(status, 200);
  assert.equal(expires, claimsOf(token).exp * 1000);
  const opened = Buffer.from(ticket, 'base64url').toString('latin1');
  for (const part of token.split('.')) assert.ok(!ticket.includes(part) && !opened.includes(part));

  const open = async (presented) => {
    const stream = await EventStream.open(address([own(anna)], { ticket: presented }), {});
    if (stream.status === 200) await stream.close();
    return [stream.status, stream.body?.code];
  };
  assert.deepEqual(await open(ticket), [200, undefined]);
  for (const forged of [`${ticket}x`, ticket.slice(1), token, '', 'A'.repeat(100)]) {
    assert.deepEqual(await open(forged), [401, 'ticket_invalid'], forged);
  }
  assert.equal((await ticketOf('a.b.c')).status, 401);

  const tablet = await anna.secondDevice();
  const revoked = await ticketOf(tablet.api.token);
  const stream = await EventStream.open(address([own(anna)], { ticket: revoked.ticket }), {});
  await tablet.api.post('/auth/logout');
  await stream.done;
  assert.deepEqual(await open(revoked.ticket), [401, 'token_invalid']);
});

/** Anna's token as if it had been issued to run out in a moment. */
async function shortLived(seconds) {
  const claims = { ...claimsOf(anna.api.token), exp: Math.floor(Date.now() / 1000) + seconds };
  return makeToken(headerOf(anna.api.token), claims, signedBy(await stack.signingKey()));
}

test('a stream ends with its token, and its address with it', async (t) => {
  const token = await shortLived(3);
  const { ticket } = await ticketOf(token);
  const page = await Page.open(browser, stack.publicUrl);
  t.after(() => page.close());
  const source = await PageEventSource.open(page, address([own(anna)], { ticket }));
  await eventually('it is open', async () => (await source.state()) === 1);
  await eventually('it is given up', async () => (await source.state()) === 2, {
    withinMs: 15_000,
  });
  assert.equal(await page.run(() => window.opened), 1);
});

for (const [name, open] of [
  ['by ticket', byTicket],
  ['by cookie', (page) => byCookie(page, stack.hubUrl, true)],
  ['by cookie through nginx', (page) => byCookie(page, stack.publicUrl, false)],
]) {
  test(`a browser’s EventSource loses nothing when the hub is killed: ${name}`, async (t) => {
    const page = await Page.open(browser, stack.publicUrl);
    t.after(() => page.close());
    const source = await open(page);
    await eventually('it begins', async () => (await source.events()).length > 0);
    const before = await write(6, `${name}, before`);
    await source.has(before.length);
    const isBack = await stack.kill('hub');
    const during = await write(6, `${name}, meanwhile`);
    await isBack();
    const texts = [...before, ...during, ...(await write(6, `${name}, after`))];
    await source.has(texts.length);
    // Each topic in order; between topics there is none.
    const heard = await source.texts();
    for (const parity of [0, 1]) {
      const mine = (text) => Number(text.split(' ').at(-1)) % 2 === parity;
      assert.deepEqual(heard.filter(mine), texts.filter(mine));
    }
    const types = (await source.events()).map(({ type }) => type);
    assert.ok(!types.includes('reset'), types.join());
    assert.ok(types.filter((type) => type === 'ready').length >= 2);
    assert.equal(await source.state(), 1);
  });
}

async function byTicket(page) {
  const { ticket } = await page.run(
    async ({ url, token }) => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${url}/sse/ticket`, { method: 'POST', headers })).json();
    },
    { url: stack.hubUrl, token: anna.api.token },
  );
  return PageEventSource.open(page, address(chats(), { ticket }));
}

async function byCookie(page, base, withCredentials) {
  await page.run(
    async ({ url, token }) => {
      await fetch(`${url}/sse/ticket`, {
        method: 'POST',
        credentials: 'include',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: '{"cookie":true}',
      });
    },
    { url: base, token: anna.api.token },
  );
  assert.equal(await page.run(() => document.cookie), '', 'scripts do not see it');
  return PageEventSource.open(page, address(chats(), {}, base), { withCredentials });
}

test('a ticket’s cookie is for streams alone', async () => {
  const { headers, ticket } = await ticketOf(anna.api.token, { cookie: true });
  const cookies = headers.getSetCookie();
  assert.equal(cookies.length, 2);
  for (const cookie of cookies) {
    assert.ok(cookie.startsWith(`rookery_sse=${ticket}; `));
    for (const attribute of ['HttpOnly', 'SameSite=Strict']) assert.ok(cookie.includes(attribute));
    assert.match(cookie, /Path=\/(user\/)?sse(;|$)/);
    assert.doesNotMatch(cookie, /Secure/, 'the page came by http');
  }
  const secure = await fetch(`${stack.hubUrl}/sse/ticket`, {
    method: 'POST',
    headers: {
      ...bearer(anna),
      'content-type': 'application/json',
      'x-forwarded-proto': 'https',
    },
    body: '{"cookie":true}',
  });
  secure.headers.getSetCookie().forEach((cookie) => assert.match(cookie, /Secure/));
});

test('a stream whose reader has gone is noticed at once', async () => {
  const admin = await EventStream.open(`${stack.hubUrl}/admin/sse`, {
    'x-api-key': stack.adminKey,
  });
  const open = () => admin.events.findLast(({ event }) => event === 'stats')?.data.connections;
  const count = (sse, httpStream) => () => open()?.sse === sse && open().http_stream === httpStream;
  await eventually('the streams before have ended', count(0, 0));
  const { hostname, port } = new URL(stack.hubUrl);
  const requests = [
    `GET /sse?topic=${own(anna)} HTTP/1.1\r\n`,
    `GET /user/sse/notification/${anna.id} HTTP/1.1\r\n`,
    `GET /admin/sse HTTP/1.1\r\nX-Api-Key: ${stack.adminKey}\r\n`,
  ];
  const connects = JSON.stringify({ id: 1, connect: { token: anna.api.token } });
  requests.push(
    `POST /connection/http_stream HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: ${connects.length}\r\n`,
  );
  const sockets = requests.map((head) => {
    const socket = connect(Number(port), hostname);
    const body = head.startsWith('POST') ? connects : '';
    socket.write(`${head}Host: hub\r\nAuthorization: Bearer ${anna.api.token}\r\n\r\n${body}`);
    // Nothing is read.
    socket.pause();
    return socket;
  });
  await eventually('they are counted', count(2, 1));
  sockets.forEach((socket) => socket.destroy());
  await eventually('their end is counted', count(0, 0), { withinMs: AT_ONCE_MS });
  await admin.close();
});

test('no log has a ticket, a token or an address with one', async () => {
  const { ticket } = await ticketOf(anna.api.token);
  const through = (base) => EventStream.open(address(chats(), { ticket }, base), {});
  for (const base of [stack.hubUrl, stack.publicUrl]) await (await through(base)).close();
  const connect = encodeURIComponent(JSON.stringify({ id: 1, connect: { token: anna.api.token } }));
  await fetch(`${stack.publicUrl}/connection/sse?cf_connect=${connect}`);
  const isBack = await stack.kill('hub');
  const refused = await fetch(address(chats(), { ticket }, stack.publicUrl));
  assert.equal(refused.status, 200, 'an EventSource comes back');
  assert.match(await refused.text(), /^retry: \d+\n\n$/);
  const problem = await fetch(address(chats(), {}, stack.publicUrl), { headers: bearer(anna) });
  assert.equal(problem.status, 502);
  assert.equal((await problem.json()).code, 'unavailable');
  await fetch(`${stack.publicUrl}/connection/sse?cf_connect=${connect}`);
  await isBack();
  const { log: errors } = await stack.process('nginx');
  const access = () => readFile(errors.replace('nginx.log', 'nginx-access.log'), 'utf8');
  const seen = () => access().then((log) => log.includes('/connection/sse') && log);
  const logs = {
    hub: await stack.log('hub'),
    'nginx’s errors': await stack.log('nginx'),
    'nginx’s requests': await eventually('nginx has written its log', seen),
  };
  for (const [name, log] of Object.entries(logs)) {
    const [, claims] = anna.api.token.split('.');
    for (const secret of [ticket, claims, 'ticket=', 'cf_connect']) {
      assert.ok(!log.includes(secret), `${name} logged ${secret.slice(0, 20)}`);
    }
  }
});
