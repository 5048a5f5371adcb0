/**
 * Who may do what at the hub, cell by cell and by its effect: the tables of docs/permissions.md that
 * concern the hub are read and tried, on every transport. What is allowed must reach somebody; what
 * is refused must reach nobody and leave the room as it was.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Emulated } from './lib/emulated.mjs';
import { eventually } from './lib/eventually.mjs';
import { EventStream } from './lib/events.mjs';
import { ProtobufSocket } from './lib/protobuf-socket.mjs';
import { RawSocket } from './lib/socket.mjs';
import { REPOSITORY, Stack, watchForHarm } from './lib/stack.mjs';
import { everyStanding, isStir, SAID } from './lib/standings.mjs';
import { readTables } from './lib/tables.mjs';
import { claimsOf, forgeries, headerOf, makeToken, signedBy } from './lib/tokens.mjs';

const SOCKETS = { websocket: RawSocket, 'websocket in Protobuf': ProtobufSocket };
const TRANSPORTS = [...Object.keys(SOCKETS), 'http_stream', 'sse'];
/** What a plain event stream is opened with. */
const CREDENTIALS = ['token', 'ticket'];
const TITLES = { group: 'A group at the hub', direct: 'A direct chat at the hub' };
/** Far above what anything takes here. */
const PATIENCE_MS = 20_000;

let stack, assertUnharmed;
/** The page's tables: title → row → column → cell. */
let page;
let anna, herald, scenes;
/** Anna's connection, which is subscribed to every chat. */
let witness;
/** Person → transport or credential → connection. */
const lines = new Map();

before(async () => {
  page = readTables(await readFile(join(REPOSITORY, 'docs/permissions.md'), 'utf8'));
  const env = {
    ROOKERY_HUB_TRANSPORT__SDK_SSE: 'true',
    // Nobody here answers pings.
    ROOKERY_HUB_CONNECTION__PING_S: '300',
  };
  stack = await Stack.start({ env });
  assertUnharmed = await watchForHarm(stack);
  ({ anna, herald, scenes } = await everyStanding(stack));
  await openLines();
});

after(async () => {
  const all = [...lines.values()].flatMap((ofOne) => Object.values(ofOne));
  await Promise.all([witness, ...all].map((line) => line?.close()));
  await stack?.stop();
});

const soon = (what, probe) => eventually(what, probe, { withinMs: PATIENCE_MS });
const chats = () => [...new Set(scenes.map(({ id }) => id))];
const cellOf = ({ kind, role }, row) => page[TITLES[kind]][row]?.[role];

/** `cells` are `{label, said, expected}`; all that differ are told at once. */
function assertCells(cells) {
  assert.ok(cells.length > 0);
  const wrong = cells.filter(({ said, expected }) => said !== expected);
  const words = wrong.map(({ label, said, expected }) => `${label}: ${said}, not ${expected}`);
  assert.deepEqual(words, []);
}

const connected = (transport, token) =>
  SOCKETS[transport]?.connected(stack, token) ?? Emulated.connected(stack, transport, token);

async function openLines() {
  witness = await RawSocket.connected(stack, anna.api.token);
  for (const id of chats()) {
    assert.equal((await witness.call({ subscribe: { channel: `chat:${id}` } })).error, undefined);
  }
  for (const person of new Set(scenes.map(({ actor }) => actor))) {
    const { token } = person.api;
    const opened = TRANSPORTS.map(async (name) => [name, await connected(name, token)]);
    const streams = CREDENTIALS.map(async (name) => [name, await openStream(person, name)]);
    lines.set(person, Object.fromEntries(await Promise.all([...opened, ...streams])));
  }
}

const bearer = (token) => (token ? { authorization: `Bearer ${token}` } : {});

/** A plain event stream on one's own topic and on every chat in which one's role is tried. */
async function openStream(person, credential) {
  const own = scenes.filter(({ actor }) => actor === person).map(({ id }) => `chat:${id}`);
  const url = new URL(`${stack.hubUrl}/sse`);
  [`user:${person.id}`, ...own].forEach((topic) => url.searchParams.append('topic', topic));
  const headers = bearer(person.api.token);
  if (credential === 'token') return EventStream.open(url, headers);
  const answer = await fetch(`${stack.hubUrl}/sse/ticket`, { method: 'POST', headers });
  url.searchParams.append('ticket', (await answer.json()).ticket);
  return EventStream.open(url, {});
}

/** Everything that a connection heard, by whatever way it came: `{via, topic, event}`. */
function heardOn(line) {
  if (line.events) {
    const said = line.events.filter(({ data }) => data.event);
    return said.map(({ data }) => ({ via: 'stream', ...data }));
  }
  const pushes = line.frames.flatMap(({ push }) => (push?.pub ? [push] : []));
  return pushes.map(({ channel, pub: { data } }) =>
    channel === 'feed' ? { via: 'feed', ...data } : { via: 'own', topic: channel, event: data },
  );
}

/** How often something happened in a chat that a connection heard, by this way. */
const stirs = (line, id, way) =>
  heardOn(line).filter(
    ({ via, topic, event }) => via === way && topic === `chat:${id}` && isStir(event),
  ).length;

/** Has everybody hear something that was said after all that was said before. */
async function barrier() {
  // A room answers when what it was told before has gone to all its members.
  for (const id of chats()) {
    const { error } = await witness.call({ history: { channel: `chat:${id}`, limit: 0 } });
    assert.equal(error, undefined);
  }
  const people = [...lines.keys()];
  const ids = people.map((person) => person.id);
  const { id } = await herald.api.createGroup('Barrier', ids);
  const isIt = ({ event }) => event.type === 'chat.added' && event.conversation_id === id;
  for (const person of people) {
    for (const [name, line] of Object.entries(lines.get(person))) {
      await soon(`${person.user.handle}, ${name}: the barrier`, () => heardOn(line).some(isIt));
    }
  }
}

/** Something happens in every chat; returns who has heard it by which way. */
async function stirAndListen(ways) {
  const earlier = new Map(chats().map((id) => [id, stirs(witness, id, 'own')]));
  const tried = scenes.flatMap((scene) =>
    ways.flatMap(({ row, names, via }) =>
      names.map((name) => {
        const line = lines.get(scene.actor)[name];
        const before = stirs(line, scene.id, via);
        return {
          label: `${scene.kind}, ${scene.role}, ${name}: ${row}`,
          expected: cellOf(scene, row),
          said: () => (stirs(line, scene.id, via) > before ? 'yes' : 'no'),
        };
      }),
    ),
  );
  for (const id of chats()) {
    const { stir, role } = scenes.find((scene) => scene.id === id);
    const due = earlier.get(id) + (await stir());
    await soon(`Anna hears ${role}`, () => stirs(witness, id, 'own') === due);
  }
  await barrier();
  return tried.map((cell) => ({ ...cell, said: cell.said() }));
}

const FEED = { row: 'hear it on the feed', names: TRANSPORTS, via: 'feed' };
const STREAM = { row: 'hear it by an event stream', names: CREDENTIALS, via: 'stream' };
const UNASKED = { row: 'hear it without having subscribed', names: TRANSPORTS, via: 'own' };
const SUBSCRIBED = { row: 'hear it when subscribed', names: TRANSPORTS, via: 'own' };

test('who has not subscribed hears a chat on the feed and by event streams', async () => {
  const cells = [];
  for (const scene of scenes) {
    for (const name of CREDENTIALS) {
      const line = lines.get(scene.actor)[name];
      const topic = `chat:${scene.id}`;
      // Of each topic a stream says where it begins or why it is not told.
      const begun = await soon('it begins', () =>
        line.events.find(({ event }) => event === 'ready'),
      );
      const isIn = begun.data.topics.some((place) => place.topic === topic);
      const isRefusal = ({ event, data }) => event === 'unsubscribed' && data.topic === topic;
      const refusal = isIn ? null : await soon('it is told', () => line.events.find(isRefusal));
      const expected = cellOf(scene, STREAM.row) === 'yes' ? 'yes' : 103;
      const label = `${scene.kind}, ${scene.role}, ${name}`;
      cells.push({ label, said: refusal?.data.code ?? 'yes', expected });
    }
  }
  assertCells([...cells, ...(await stirAndListen([FEED, STREAM, UNASKED]))]);
});

/** What comes of a command: its error, or what `read` makes of its reply. */
const outcome = ({ error, ...reply }, read) => (error ? String(error.code) : read(reply));
const yes = (is) => (is ? 'yes' : 'nothing');
const hasSaid = ({ publications = [] }) =>
  publications.some(({ data }) => data.message?.text === SAID);

/** Whether Anna was told that somebody has a chat up to `seq`. */
function isTold({ id, actor }, seq) {
  const isIt = (mark) => mark.user_id === actor.id && mark.delivered_seq >= seq;
  return heardOn(witness).some(
    ({ topic, event }) =>
      topic === `chat:${id}` && event.type === 'receipts.moved' && event.receipts.some(isIt),
  );
}

/** What was answered to who subscribed. */
const replies = new Map();

/** Row of the page → what is done by `line`; returns what its cell should say. */
const ACTS = {
  subscribe: async ({ line, channel, id, cell }) => {
    const { topic } = await anna.api.get(`/conversations/${id}`);
    const { epoch } = topic;
    const reply = await line.call({ subscribe: { channel, recover: true, epoch, offset: 0 } });
    replies.set(cell, reply);
    return outcome(reply, ({ subscribe }) => yes(hasSaid(subscribe)));
  },
  'be told who is online': ({ cell }) =>
    outcome(replies.get(cell), ({ subscribe: { data } }) =>
      data.online === null ? 'no' : yes(data.online.includes(anna.id)),
    ),
  history: async ({ line, channel }) =>
    outcome(await line.call({ history: { channel, limit: 20 } }), ({ history }) =>
      yes(hasSaid(history)),
    ),
  presence: async ({ line, channel }) =>
    outcome(await line.call({ presence: { channel } }), ({ presence }) =>
      yes(Object.values(presence.presence).some(({ user }) => user === anna.id)),
    ),
  presence_stats: async ({ line, channel }) =>
    outcome(await line.call({ presence_stats: { channel } }), ({ presence_stats: stats }) =>
      yes(stats.num_users >= 2),
    ),
  'publish `typing`': async ({ line, channel, actor }) => {
    const before = witness.frames.length;
    const reply = await line.call({ publish: { channel, data: { type: 'typing' } } });
    // The others are told before the reply is made.
    await witness.call({ ping: {} });
    const heard = heardOn({ frames: witness.frames.slice(before) }).some(
      ({ topic, event }) =>
        topic === channel && event.type === 'typing' && event.user_id === actor.id,
    );
    if (heard) return 'yes';
    return outcome(reply, () => 'unheard');
  },
  'publish anything else': async ({ line, channel, actor }) => {
    const message = { seq: 99, sender_id: actor.id, text: 'forged' };
    const codes = new Set();
    for (const data of [
      { type: 'message.posted', message },
      { type: 'member.removed', user_id: anna.id, by: 'forged' },
      { type: 'presence', user_id: 'forged', online: false },
    ]) {
      codes.add(outcome(await line.call({ publish: { channel, data } }), () => 'taken'));
    }
    return [...codes].join(' ');
  },
  'rpc `ack`': async ({ line, seq, ...scene }) => {
    const data = { conversation_id: scene.id, seq };
    const reply = await line.call({ rpc: { method: 'ack', data } });
    if (reply.error) return String(reply.error.code);
    await soon('their own mark moves', async () => {
      const { delivered_seq: own } = await scene.actor.api.get(`/conversations/${scene.id}`);
      return own >= seq;
    });
    // In a group it is the minimum that is told.
    if (scene.kind === 'group') return 'yes';
    // Whom Anna is not told of is looked at once more when a later report has been told.
    if (cellOf(scene, 'rpc `ack`') === 'yes') await soon('it is told', () => isTold(scene, seq));
    return isTold(scene, seq) ? 'yes' : 'unheard';
  },
};

/** What an act that is refused must leave as it is. */
const state = () =>
  Promise.all(
    chats().map(async (id) => {
      const { topic, last_message, members } = await anna.api.get(`/conversations/${id}`);
      return { id, topic, last_message, members };
    }),
  );

/** Tries every cell of these rows, by every transport. */
async function tryRows(rows) {
  const cells = [];
  for (const row of rows) {
    for (const [at, name] of TRANSPORTS.entries()) {
      for (const scene of scenes) {
        const cell = `${scene.kind}, ${scene.role}, ${name}`;
        const line = lines.get(scene.actor)[name];
        const channel = `chat:${scene.id}`;
        // A request has no fourth message; both ways by `/emulation` report the third.
        const seq = Math.min(at + 1, 3);
        const said = await ACTS[row]({ ...scene, line, channel, cell, seq });
        cells.push({ label: `${cell}: ${row}`, said, expected: cellOf(scene, row) });
      }
    }
  }
  return cells;
}

const SUBSCRIBING = ['subscribe', 'be told who is online'];

test('who may subscribe is brought up to date and hears the chat on its own channel', async () => {
  const cells = await tryRows(SUBSCRIBING);
  assertCells([...cells, ...(await stirAndListen([SUBSCRIBED, STREAM]))]);
});

test('what is asked of a chat or said to it is answered to whom it may be, or changes nothing', async () => {
  const before = await state();
  assertCells(await tryRows(Object.keys(ACTS).filter((row) => !SUBSCRIBING.includes(row))));
  assert.deepEqual(await state(), before);
});

test('nobody was told what nobody may be told', async () => {
  // With a report that comes later, the earlier ones have been told.
  const friend = scenes.find(({ role }) => role === 'accepted');
  const data = { conversation_id: friend.id, seq: (await anna.api.send(friend.id, 'last')).seq };
  await lines.get(friend.actor).websocket.call({ rpc: { method: 'ack', data } });
  await soon('it is told', () => isTold(friend, data.seq));
  for (const scene of scenes.filter((one) => one.kind === 'direct')) {
    if (cellOf(scene, 'rpc `ack`') !== 'yes') assert.ok(!isTold(scene, 1), scene.role);
  }
  const all = [...lines.values()].flatMap((ofOne) => Object.values(ofOne));
  for (const line of [witness, ...all]) {
    assert.doesNotMatch(JSON.stringify(line.frames ?? line.events), /forged/);
  }
});

test('every cell of the page is tried, and agrees with what the core grants', () => {
  const heard = [FEED, STREAM, UNASKED, SUBSCRIBED].map(({ row }) => row);
  const rows = [...heard, ...Object.keys(ACTS)].toSorted();
  const outside = new Set(['stranger', 'removed', 'left']);
  for (const [kind, core] of Object.entries({ group: 'Groups', direct: 'Direct chats' })) {
    const table = page[TITLES[kind]];
    assert.deepEqual(Object.keys(table).toSorted(), rows);
    const columns = scenes.filter((scene) => scene.kind === kind).map(({ role }) => role);
    for (const cells of Object.values(table)) {
      assert.deepEqual(Object.keys(cells).toSorted(), columns.toSorted());
    }
    const granted = page[core]['hear it: WebSocket, event streams'];
    const standing = (role) => (role === 'has asked' ? 'accepted' : role);
    const cells = Object.entries(table[FEED.row]).map(([role, said]) => ({
      label: `${kind}, ${role}`,
      said,
      expected: granted[outside.has(role) ? 'outside' : standing(role)],
    }));
    assertCells(cells);
  }
});

/** What somebody presents who is nobody, by what the page calls it. */
async function tokensOfNobody() {
  const { token } = anna.api;
  const now = Math.floor(Date.now() / 1000);
  const claims = { ...claimsOf(token), iat: now - 7200, exp: now - 3600 };
  const tablet = await anna.secondDevice();
  await tablet.api.post('/auth/logout');
  return {
    'no token': [undefined],
    'a forged token': Object.values(forgeries(token, herald.id)).filter(Boolean),
    'an expired token': [makeToken(headerOf(token), claims, signedBy(await stack.signingKey()))],
    'the token of a session that has ended': [tablet.api.token],
  };
}

/** With which code the hub answers the first command of a connection. */
async function answerTo(transport, command) {
  const line =
    (await SOCKETS[transport]?.open(stack)) ??
    (await Emulated.open(stack, transport, { id: 1, ...command }));
  let closed;
  line.closed?.then((code) => (closed = code));
  line.command?.({ id: 1, ...command });
  const told = () => {
    const [{ error, push } = {}] = line.frames;
    return error?.code ?? push?.disconnect?.code ?? closed;
  };
  const code = await soon('it is answered', told);
  await line.close();
  return String(code);
}

test('whoever is nobody gets in nowhere, and is obeyed nowhere', async () => {
  const before = await state();
  const table = page['Whoever is nobody'];
  const tokens = await tokensOfNobody();
  assert.deepEqual(Object.keys(table), Object.keys(tokens));
  const [{ id }] = scenes;
  const channel = `chat:${id}`;
  const cells = [];
  for (const [name, presented] of Object.entries(tokens)) {
    for (const token of presented) {
      for (const transport of TRANSPORTS) {
        const said = await answerTo(transport, { connect: token ? { token } : {} });
        cells.push({ label: `${name} by ${transport}`, said, expected: table[name].connect });
      }
      for (const [path, method] of [
        [`/sse?topic=${channel}`, 'GET'],
        [`/user/sse/notification/${anna.id}`, 'GET'],
        ['/sse/ticket', 'POST'],
      ]) {
        const answer = await fetch(stack.hubUrl + path, { method, headers: bearer(token) });
        const said = `${answer.status} \`${(await answer.json()).code}\``;
        const expected = table[name]['event streams, tickets'];
        cells.push({ label: `${name}, ${method} ${path}`, said, expected });
      }
    }
  }
  for (const command of [
    { subscribe: { channel } },
    { publish: { channel, data: { type: 'typing' } } },
    { history: { channel, limit: 10 } },
    { presence: { channel } },
    { presence_stats: { channel } },
    { rpc: { method: 'ack', data: { conversation_id: id, seq: 1 } } },
  ]) {
    for (const transport of TRANSPORTS) {
      const label = `${JSON.stringify(command)} by ${transport} before a connect`;
      cells.push({ label, said: await answerTo(transport, command), expected: '3501' });
    }
  }
  assertCells(cells);
  assert.deepEqual(await state(), before);
});

test('topics that are no chats are told to whom they belong', async () => {
  const table = page['Other topics at the hub'];
  const topics = (person) => ({
    'one’s own `user:`': `user:${person.id}`,
    'the `user:` of somebody else': `user:${anna.id}`,
    '`feed`': 'feed',
    '`control`': 'control',
    'a `chat:` that is not there': `chat:${randomUUID()}`,
    'a namespace that is not configured': 'nowhere:1',
  });
  const commands = {
    subscribe: (channel) => ({ subscribe: { channel } }),
    publish: (channel) => ({ publish: { channel, data: { type: 'typing' } } }),
    history: (channel) => ({ history: { channel, limit: 1 } }),
    presence: (channel) => ({ presence: { channel } }),
  };
  const cells = [];
  for (const person of lines.keys()) {
    assert.deepEqual(Object.keys(table), Object.keys(topics(person)));
    for (const [name, channel] of Object.entries(topics(person))) {
      for (const [act, command] of Object.entries(commands)) {
        for (const transport of TRANSPORTS) {
          const reply = await lines.get(person)[transport].call(command(channel));
          const said = outcome(reply, () => 'yes');
          cells.push({ label: `${act} ${name} by ${transport}`, said, expected: table[name][act] });
        }
      }
      const url = `${stack.hubUrl}/sse?topic=${encodeURIComponent(channel)}`;
      const stream = await EventStream.open(url, bearer(person.api.token));
      const said = stream.status === 200 ? 'yes' : `${stream.status} \`${stream.body.code}\``;
      await stream.close();
      cells.push({
        label: `${name} by an event stream`,
        said,
        expected: table[name]['event stream'],
      });
    }
  }
  assertCells(cells);
});

test('nobody was harmed', () => assertUnharmed());
