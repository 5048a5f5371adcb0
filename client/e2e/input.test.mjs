import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { Api } from './lib/api.mjs';
import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { directChat, group, sendTo } from './lib/scenes.mjs';
import { Stack, watchForHarm } from './lib/stack.mjs';

const I64_MAX = '9223372036854775807';
const I64_MIN = '-9223372036854775808';

let stack, assertUnharmed;
let anna, ben, mallory;
/** A direct chat and a group of Anna and Ben, and a group of Ben's own. */
let direct, friends, bens;

before(async () => {
  stack = await Stack.start();
  assertUnharmed = await watchForHarm(stack);
  [anna, ben, mallory] = await Person.crowd(stack, ['anna', 'ben', 'mallory']);
  await Promise.all([anna, ben].map((person) => person.connect()));
  direct = await directChat(anna, ben);
  friends = await group(anna, ben);
  bens = (await ben.api.createGroup('Not for Anna', [])).id;
  await sendTo(anna, direct, 'one', [ben]);
});

after(async () => {
  [anna, ben].forEach((person) => person?.disconnect());
  await stack?.stop();
});

/** An answer that refuses as it is documented; returns it for more. */
function assertProblem(answer, status, code, what) {
  const { body, headers } = answer;
  const seen = `${what}: ${answer.status} ${JSON.stringify(body)?.slice(0, 200)}`;
  assert.equal(answer.status, status, seen);
  assert.equal(headers.get('content-type'), 'application/problem+json', seen);
  assert.equal(body.code, code, seen);
  assert.equal(body.status, status, seen);
  assert.ok(body.detail.length > 0, seen);
}

const message = (text) => ({ client_msg_id: randomUUID(), text });
const newGroup = (fields) => ({
  kind: 'group',
  title: 'A group',
  member_ids: [],
  client_id: randomUUID(),
  ...fields,
});
const account = (fields) => ({
  handle: `somebody_${randomUUID().slice(0, 8)}`,
  display_name: 'Somebody',
  password: 'correct horse battery staple',
  ...fields,
});

/** Every route that takes a body, with one that it accepts. */
const bodies = () => [
  ['/auth/register', account()],
  ['/auth/login', { handle: anna.user.handle, password: 'correct horse battery staple' }],
  ['/conversations', newGroup()],
  [`/conversations/${friends}/members`, { user_id: mallory.id }],
  [`/conversations/${direct}/messages`, message('text')],
  [`/conversations/${direct}/receipts`, { read_seq: 1 }],
];

test('what is no JSON, or no object, is refused on every route', async () => {
  const raws = [
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['half of it', '{"text": "a'],
    ['an array', '[]'],
    ['a number', '1'],
    ['null', 'null'],
    ['two objects', '{}{}'],
    ['deep nesting', '['.repeat(100_000)],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['a NUL byte', Buffer.from([0])],
  ];
  for (const [path] of bodies()) {
    for (const [name, raw] of raws) {
      const answer = await anna.api.once('POST', path, undefined, { raw });
      assertProblem(answer, 400, 'bad_json', `${path} ${name}`);
    }
  }
});

test('another content type is refused on every route', async () => {
  for (const [path, body] of bodies()) {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const headers = { 'content-type': type };
      const raw = JSON.stringify(body);
      const answer = await anna.api.once('POST', path, undefined, { raw, headers });
      assertProblem(answer, 415, 'unsupported_media_type', `${path} ${type}`);
    }
  }
});

test('a field that is missing or of another type is refused on every route', async () => {
  // Marks may be left out one by one, and a text where a file or another message says it.
  const optional = new Set(['title', 'read_seq', 'text']);
  for (const [path, body] of bodies()) {
    for (const field of Object.keys(body)) {
      const wrong = [true, {}, [[]], -0.5];
      if (!optional.has(field)) wrong.push(undefined, null);
      for (const value of wrong) {
        const answer = await anna.api.once('POST', path, { ...body, [field]: value });
        assertProblem(answer, 400, 'bad_json', `${path} ${field} ${JSON.stringify(value)}`);
      }
    }
  }
});

test('what breaks a rule is refused with the rule’s code', async () => {
  const strangers = (count) => Array.from({ length: count }, () => randomUUID());
  const conversation = (fields) => ['/conversations', newGroup(fields)];
  const register = (fields) => ['/auth/register', account(fields)];
  const post = (text) => [`/conversations/${direct}/messages`, message(text)];
  const reused = message('said once');
  await anna.api.post(`/conversations/${direct}/messages`, reused);
  const rows = [
    [register({ handle: '' }), 422, 'invalid_handle'],
    [register({ handle: 'a' }), 422, 'invalid_handle'],
    [register({ handle: 'a b' }), 422, 'invalid_handle'],
    [register({ handle: 'anna\0' }), 422, 'invalid_handle'],
    [register({ handle: 'ännchen' }), 422, 'invalid_handle'],
    [register({ handle: 'a'.repeat(33) }), 422, 'invalid_handle'],
    [register({ handle: 'a'.repeat(100_000) }), 422, 'invalid_handle'],
    [register({ handle: anna.user.handle }), 409, 'handle_taken'],
    [register({ display_name: ' ' }), 422, 'invalid_display_name'],
    [register({ display_name: 'A\0nna' }), 422, 'invalid_display_name'],
    [register({ display_name: 'a'.repeat(65) }), 422, 'invalid_display_name'],
    [register({ display_name: '\u200B' }), 422, 'invalid_display_name'],
    [register({ display_name: 'Eve \u202Egnimoh ecarG' }), 422, 'invalid_display_name'],
    [register({ handle: 'admin' }), 422, 'handle_reserved'],
    [register({ password: 'password' }), 422, 'weak_password'],
    [register({ handle: 'katherine', password: 'katherine' }), 422, 'weak_password'],
    [register({ password: 'seven 7' }), 422, 'invalid_password'],
    [register({ password: 'a'.repeat(129) }), 422, 'invalid_password'],
    [['/auth/login', { handle: 'nobody', password: 'x' }], 401, 'invalid_credentials'],
    [['/auth/login', { handle: 'a\0', password: 'x' }], 401, 'invalid_credentials'],
    [
      ['/auth/login', { handle: anna.user.handle, password: 'a'.repeat(200_000) }],
      401,
      'invalid_credentials',
    ],
    [conversation({ kind: 'channel' }), 400, 'bad_json'],
    [conversation({ client_id: 'no id' }), 400, 'bad_json'],
    [conversation({ member_ids: ['no id'] }), 400, 'bad_json'],
    [conversation({ title: undefined }), 422, 'invalid_title'],
    [conversation({ title: ' ' }), 422, 'invalid_title'],
    [conversation({ title: 'a'.repeat(101) }), 422, 'invalid_title'],
    [conversation({ title: 'a\0b' }), 422, 'invalid_title'],
    [conversation({ member_ids: strangers(1) }), 404, 'not_found'],
    [conversation({ member_ids: [ben.id, ...strangers(1)] }), 404, 'not_found'],
    [conversation({ member_ids: strangers(1000) }), 422, 'too_many_members'],
    [conversation({ kind: 'direct', member_ids: strangers(1) }), 404, 'not_found'],
    [conversation({ kind: 'direct' }), 422, 'invalid_members'],
    [conversation({ kind: 'direct', member_ids: [anna.id] }), 422, 'invalid_members'],
    [conversation({ kind: 'direct', member_ids: [ben.id, mallory.id] }), 422, 'invalid_members'],
    [[`/conversations/${direct}/members`, { user_id: mallory.id }], 409, 'not_a_group'],
    [[`/conversations/${friends}/members`, { user_id: randomUUID() }], 404, 'not_found'],
    [[`/conversations/${friends}/members`, { user_id: 'no id' }], 400, 'bad_json'],
    [post(''), 422, 'text_empty'],
    [post(' \n\t\u3000'), 422, 'text_empty'],
    [post('a'.repeat(4097)), 422, 'text_too_long'],
    [post('\u{1F426}'.repeat(4097)), 422, 'text_too_long'],
    [post('a'.repeat(200_000)), 422, 'text_too_long'],
    [post('a\0b'), 422, 'text_invalid'],
    [post('\0'), 422, 'text_invalid'],
    [[`/conversations/${friends}/messages`, reused], 409, 'client_msg_id_reused'],
    [
      [`/conversations/${friends}/messages`, { ...reused, client_msg_id: 'no id' }],
      400,
      'bad_json',
    ],
    [[`/conversations/${direct}/receipts`, { read_seq: 1e300 }], 400, 'bad_json'],
    [[`/conversations/${direct}/receipts`, { delivered_seq: 'all' }], 400, 'bad_json'],
  ];
  for (const [[path, body], status, code] of rows) {
    const what = `${path} ${JSON.stringify(body).slice(0, 120)}`;
    assertProblem(await anna.api.once('POST', path, body), status, code, what);
  }
});

test('a lone surrogate is refused, and a pair of them is a character', async () => {
  const path = `/conversations/${direct}/messages`;
  const post = (text) => {
    const raw = `{"client_msg_id": "${randomUUID()}", "text": "${text}"}`;
    return anna.api.once('POST', path, undefined, { raw });
  };
  for (const text of ['\\ud83d', 'a\\udc26b', '\\udc26\\ud83d']) {
    assertProblem(await post(text), 400, 'bad_json', text);
  }
  const { status, body } = await post('\\ud83d\\udc26');
  assert.equal(status, 201);
  assert.equal(body.text, '\u{1F426}');
});

test('a cursor that is none is refused, and one that leads nowhere leads nowhere', async () => {
  const path = `/conversations/${direct}`;
  const bad = [
    ['messages', ['before_seq=x', 'before_seq=', 'after_seq=1.5', `after_seq=${I64_MAX}0`]],
    ['messages', ['limit=0', 'limit=-1', 'limit=101', 'limit=x', 'limit=1&limit=2']],
    ['changes', ['after_offset=x', 'after_offset=', `after_offset=${I64_MAX}0`]],
    ['changes', ['after_offset=0&limit=0', 'after_offset=0&limit=501']],
    ['changes', ['after_offset=0&after_offset=1']],
  ];
  for (const [list, queries] of bad) {
    for (const query of queries) {
      const answer = await anna.api.once('GET', `${path}/${list}?${query}`);
      assertProblem(answer, 400, 'bad_query', `${list} ${query}`);
    }
  }
  const empty = ['before_seq=0', 'before_seq=-1', `before_seq=${I64_MIN}`, `after_seq=${I64_MAX}`];
  for (const query of empty) {
    assert.deepEqual((await anna.api.get(`${path}/messages?${query}`)).messages, [], query);
  }
  const { topic, messages } = await anna.api.get(`${path}/messages`);
  for (const query of [`after_seq=${I64_MIN}`, `before_seq=${I64_MAX}`, 'unknown=1']) {
    assert.deepEqual((await anna.api.get(`${path}/messages?${query}`)).messages, messages, query);
  }
  const after = (offset, epoch) =>
    anna.api.get(`${path}/changes?after_offset=${offset}&epoch=${encodeURIComponent(epoch)}`);
  assert.deepEqual((await after(I64_MAX, topic.epoch)).changes, []);
  assert.equal((await after(I64_MIN, topic.epoch)).changes.length, topic.offset);
  for (const epoch of ['another', '\0', '\u{1F426}'.repeat(500)]) {
    assert.equal((await after(0, epoch)).reset, true, epoch);
  }
});

test('people are searched for with whatever was typed', async () => {
  assertProblem(await anna.api.once('GET', '/users'), 400, 'bad_query', 'no query');
  for (const query of [
    '',
    '%',
    '_',
    '\\',
    "'",
    '"',
    '*',
    '\0',
    'a\0',
    '\u{1F426}',
    'a'.repeat(5000),
  ]) {
    const { users } = await anna.api.get(`/users?query=${encodeURIComponent(query)}`);
    assert.deepEqual(users, [], query);
  }
  const { status } = await anna.api.once('GET', '/users?query=%FF');
  assert.equal(status, 200);
});

/** Every route of a conversation. */
const routes = (id, user = mallory.id) => [
  ['GET', `/conversations/${id}`],
  ['GET', `/conversations/${id}/messages`],
  ['GET', `/conversations/${id}/changes?after_offset=0`],
  ['POST', `/conversations/${id}/messages`, message('text')],
  ['POST', `/conversations/${id}/receipts`, { read_seq: 1 }],
  ['POST', `/conversations/${id}/members`, { user_id: user }],
  ['DELETE', `/conversations/${id}/members/${user}`],
];

test('a chat that does not exist, or is somebody else’s, or has no such name, is not found', async () => {
  for (const id of [randomUUID(), bens, 'no-id', '1', '%F0%9F%90%A6', "'", 'a'.repeat(2000)]) {
    for (const [method, path, body] of routes(id)) {
      const answer = await anna.api.once(method, path, body);
      assertProblem(answer, 404, 'not_found', `${method} ${path}`);
    }
  }
  const path = `/conversations/${friends}/members/no-id`;
  assertProblem(await anna.api.once('DELETE', path), 404, 'not_found', path);
});

test('every route but the doors wants a token', async () => {
  const nobody = new Api(stack.publicUrl);
  const closed = [
    ...routes(direct),
    ['GET', '/users/me'],
    ['GET', '/users?query=a'],
    ['GET', '/conversations'],
    ['POST', '/conversations', newGroup()],
  ];
  for (const authorization of [undefined, '', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b c']) {
    for (const [method, path, body] of closed) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await nobody.once(method, path, body, { headers });
      assertProblem(answer, 401, 'token_invalid', `${method} ${path} ${authorization}`);
    }
  }
  for (const cookie of [undefined, 'rookery_refresh=', 'rookery_refresh=guess', ';;=;']) {
    const headers = cookie === undefined ? {} : { cookie };
    const answer = await nobody.once('POST', '/auth/refresh', undefined, { headers });
    assertProblem(answer, 401, 'refresh_invalid', `refresh with ${cookie}`);
    const left = await nobody.once('POST', '/auth/logout', undefined, { headers });
    assert.equal(left.status, 204);
  }
});

test('an unknown route is not found, an unknown method not allowed', async () => {
  const rows = [
    ['GET', ''],
    ['GET', '/'],
    ['GET', '/nothing'],
    ['POST', '/nothing', {}],
    ['GET', `/conversations/${direct}/`],
    ['GET', `/conversations/${direct}/nothing`],
    ['GET', `/conversations/${direct}/messages/1/nothing`],
  ];
  for (const [method, path, body] of rows) {
    const answer = await anna.api.once(method, path, body);
    assertProblem(answer, 404, 'no_such_route', `${method} ${path}`);
  }
  const methods = [
    ['GET', '/auth/login'],
    ['GET', `/conversations/${direct}/messages/1`],
    ['PUT', '/users/me', {}],
    ['PATCH', '/conversations', {}],
    ['DELETE', '/conversations'],
    ['BREW', '/conversations'],
    ['OPTIONS', '/conversations'],
  ];
  for (const [method, path, body] of methods) {
    const answer = await anna.api.once(method, path, body);
    assertProblem(answer, 405, 'method_not_allowed', `${method} ${path}`);
  }
});

test('a body that is too large is refused by nginx, and by a core that is asked directly', async () => {
  const path = `/conversations/${direct}/messages`;
  const large = await anna.api.once('POST', path, message('a'.repeat(1024 * 1024)));
  assertProblem(large, 413, 'body_too_large', 'nginx');
  for (const name of ['core-1', 'core-2']) {
    const core = anna.api.at(await stack.coreUrl(name));
    const answer = await core.once('POST', path, message('a'.repeat(300 * 1024)));
    assertProblem(answer, 413, 'body_too_large', name);
  }
});

/** What comes back on a connection on which `text` was said, as far as the first answer. */
async function say(text) {
  const socket = connect(Number(new URL(stack.publicUrl).port), '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += chunk));
  socket.write(text);
  const [head, body] = await eventually(`an answer to ${text.slice(0, 60)}`, () => {
    const parts = received.split('\r\n\r\n');
    return parts[1] && parts;
  });
  socket.destroy();
  const [line, ...lines] = head.split('\r\n');
  const headers = new Headers(lines.map((header) => header.split(/: (.*)/, 2)));
  const json = /json/.test(headers.get('content-type'));
  return { status: Number(line.split(' ')[1]), headers, body: json ? JSON.parse(body) : body };
}

test('what nginx refuses by itself is a problem as well', async () => {
  const rows = [
    ['GET /api/v1/users/%00 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['GET /api/v1/users/me HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    [`GET /api/v1/users/me HTTP/1.1\r\nHost: a\r\nX-Long: ${'a'.repeat(40_000)}\r\n\r\n`, 400],
    [`GET /api/v1/users?query=${'a'.repeat(40_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ['TRACE /api/v1/users/me HTTP/1.1\r\nHost: a\r\n\r\n', 405],
  ];
  const seen = {};
  const expected = {};
  for (const [request, status] of rows) {
    const what = request.slice(0, 60);
    const { status: answered, headers, body } = await say(request);
    seen[what] = [answered, headers.get('content-type'), Boolean(body.code && body.detail)];
    expected[what] = [status, 'application/problem+json', true];
  }
  assert.deepEqual(seen, expected);
});

test('the hub’s routes refuse what they do not know', async () => {
  const headers = { authorization: `Bearer ${anna.api.token}` };
  const rows = [
    ['GET', '/connection/websocket'],
    ['POST', '/connection/websocket'],
    ['GET', '/connection/nothing'],
    ['GET', '/user/sse'],
    ['GET', '/user/sse/notification'],
    ['GET', '/user/sse/notification/no-id'],
    ['POST', `/user/sse/notification/${anna.id}`],
    ['GET', '/admin/sse/nothing'],
    ['POST', '/admin/sse'],
  ];
  const unlike = [];
  for (const [method, path] of rows) {
    const response = await fetch(stack.publicUrl + path, {
      method,
      headers: { connection: 'close', ...headers },
    });
    const text = await response.text();
    const type = response.headers.get('content-type');
    const refused = [400, 403, 404, 405, 426].includes(response.status);
    if (refused && type === 'application/problem+json' && JSON.parse(text).code) continue;
    unlike.push(`${method} ${path}: ${response.status} ${type} ${text}`);
  }
  assert.deepEqual(unlike, []);
});

test('a list of values is no object', async () => {
  const path = `/conversations/${direct}/messages`;
  const answer = await anna.api.once('POST', path, [randomUUID(), 'by position']);
  assertProblem(answer, 400, 'bad_json', 'a message');
});

test('whatever was said, everything still runs, and says so', async () => {
  await assertUnharmed();
  await sendTo(anna, direct, 'still here', [anna, ben]);
  assert.deepEqual([...anna.violations, ...ben.violations], []);
});
