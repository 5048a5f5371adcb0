import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { Postgres } from './lib/postgres.mjs';
import { group } from './lib/scenes.mjs';
import { Stack } from './lib/stack.mjs';

const CORES = ['core-1', 'core-2'];
const SENDERS = 10;
const MESSAGES_EACH = 20;
/** What waits at one row may take its turn late on a loaded machine. */
const SETTLED_MS = 15_000;

const numbers = (count) => Array.from({ length: count }, (_, index) => index + 1);

/** People and replicas over one database. */
async function scene(databaseUrl) {
  const stack = await Stack.start({ databaseUrl });
  const names = numbers(SENDERS).map((n) => `person${n}`);
  const people = await Person.crowd(stack, names);
  const origins = await Promise.all(CORES.map((name) => stack.coreUrl(name)));
  await Promise.all(people.map((person) => person.connect()));

  /** One request at one core, 0 or 1; nothing is tried twice. */
  async function ask(person, core, method, path, body) {
    const answer = await person.api.at(origins[core]).once(method, path, body);
    const what = `${method} ${path} at ${CORES[core]}`;
    assert.ok(answer.status < 500, `${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }
  return { stack, people, ask };
}

const statuses = (answers) => answers.map(({ status }) => status).sort();

function races(database) {
  let postgres, stack, people, ask;

  before(async () => {
    if (database === 'PostgreSQL') postgres = await Postgres.start();
    ({ stack, people, ask } = await scene(postgres?.url));
  });

  after(async () => {
    people?.forEach((person) => person.disconnect());
    await stack?.stop();
    await postgres?.stop();
  });

  test('the same message at both replicas at once is one message', async () => {
    const [anna, ben] = people;
    const id = await group(anna, ben);
    const rounds = 50;
    for (const round of numbers(rounds)) {
      const message = { client_msg_id: randomUUID(), text: `round ${round}` };
      const path = `/conversations/${id}/messages`;
      const answers = await Promise.all([0, 1].map((n) => ask(anna, n, 'POST', path, message)));
      assert.deepEqual(statuses(answers), [200, 201]);
      const [one, other] = answers;
      assert.deepEqual(one.body, other.body);
      assert.equal(one.body.seq, round);
      const repeat = answers.find(({ status }) => status === 200);
      assert.equal(repeat.headers.get('idempotent-replayed'), 'true');
    }
    await ben.hasChat(id, { seq: rounds });
    assert.deepEqual(
      ben.chat(id).texts,
      numbers(rounds).map((round) => `round ${round}`),
    );
  });

  test('the same group at both replicas at once is one group', async () => {
    const [anna, ben] = people;
    const before = (await anna.api.conversations()).length;
    const rounds = 20;
    for (const round of numbers(rounds)) {
      const ids = { client_id: randomUUID(), member_ids: [ben.id] };
      const body = { kind: 'group', title: `Round ${round}`, ...ids };
      const answers = await Promise.all(
        [0, 1].map((n) => ask(anna, n, 'POST', '/conversations', body)),
      );
      assert.deepEqual(statuses(answers), [200, 201]);
      assert.equal(answers[0].body.id, answers[1].body.id);
    }
    const conversations = await ben.api.conversations();
    assert.equal(conversations.length, before + rounds);
  });

  test('a direct chat that both sides start at once is one chat', async () => {
    const pairs = people.flatMap((one, at) => people.slice(at + 1).map((other) => [one, other]));
    const start = (person, core, other) => {
      const ids = { member_ids: [other.id], client_id: randomUUID() };
      return ask(person, core, 'POST', '/conversations', { kind: 'direct', ...ids });
    };
    for (const [one, other] of pairs) {
      const answers = await Promise.all([start(one, 0, other), start(other, 1, one)]);
      assert.deepEqual(statuses(answers), [200, 201]);
      assert.equal(answers[0].body.id, answers[1].body.id);
    }
    for (const person of people) {
      const conversations = await person.api.conversations();
      const direct = conversations.filter(({ kind }) => kind === 'direct');
      assert.equal(direct.length, people.length - 1);
    }
  });

  test('groups of the same people in opposite order at once are all made', async () => {
    const ids = people.map((person) => person.id);
    const make = (person, core, members) => {
      const body = { kind: 'group', title: 'Everybody', client_id: randomUUID() };
      return ask(person, core, 'POST', '/conversations', { ...body, member_ids: members });
    };
    for (const round of numbers(20)) {
      const answers = await Promise.all([
        make(people.at(0), 0, ids),
        make(people.at(-1), 1, ids.toReversed()),
        make(people.at(round % SENDERS), 0, ids.toReversed()),
        make(people.at(-round % SENDERS), 1, ids),
      ]);
      assert.deepEqual(statuses(answers), [201, 201, 201, 201]);
      for (const { body } of answers) assert.equal(body.members.length, SENDERS);
    }
  });

  test('ten people who write at once over both replicas are numbered without a gap', async () => {
    const id = await group(...people);
    // Half of them have the chat open, the others hear of it on the feed.
    await Promise.all(people.filter((_, n) => n % 2).map((person) => person.subscribe(id)));
    await Promise.all(
      people.map(async (person, at) => {
        for (const n of numbers(MESSAGES_EACH)) {
          const message = { client_msg_id: randomUUID(), text: `${at} says ${n}` };
          const path = `/conversations/${id}/messages`;
          assert.equal((await ask(person, (at + n) % 2, 'POST', path, message)).status, 201);
        }
      }),
    );
    const seqs = numbers(SENDERS * MESSAGES_EACH);
    for (const person of people) {
      await person.hasChat(id, { seq: seqs.length, withinMs: SETTLED_MS });
      const { messages } = person.chat(id);
      assert.deepEqual(
        messages.map(({ seq }) => seq),
        seqs,
      );
      const brought = person.wire.filter((heard) => heard.id === id && heard.seq);
      assert.deepEqual(
        brought.map(({ seq }) => seq),
        seqs,
        'each came once and in order',
      );
      for (const at of people.keys()) {
        const own = messages.map(({ text }) => text).filter((text) => text.startsWith(`${at} `));
        assert.deepEqual(
          own,
          numbers(MESSAGES_EACH).map((n) => `${at} says ${n}`),
        );
      }
      assert.deepEqual(person.violations, []);
    }
  });

  test('adding and removing somebody at once leaves one story that all are told', async () => {
    const [anna, ben, carla] = people;
    const id = await group(anna, ben);
    const path = `/conversations/${id}/members`;
    await anna.api.put(`${path}/${ben.id}/role`, { role: 'admin' });
    const add = (core) => ask(anna, core, 'POST', path, { user_id: carla.id });
    const remove = (core) => ask(ben, core, 'DELETE', `${path}/${carla.id}`);
    const storms = [
      [add, add],
      [add, remove],
      [remove, add],
      [remove, remove],
      [add, remove, add, remove],
    ];
    for (const round of numbers(60)) {
      for (const storm of storms) {
        const answers = await Promise.all(storm.map((act, at) => act(at % 2)));
        const known = answers.every(({ status }) => [200, 204, 404].includes(status));
        assert.ok(known, JSON.stringify(statuses(answers)));
      }
      await remove(0);
      assert.equal((await add(1)).status, 200);
      const { topic } = await anna.api.get(`/conversations/${id}`);
      await eventually('Ben heard everything', () => ben.chat(id).offset === topic.offset);
      // Carla sees what is said after she came back, and nothing else, in each round.
      const { seq } = await anna.api.send(id, `welcome ${round}`);
      await eventually(`Carla reads the welcome of round ${round}`, () => {
        const texts = carla.chats.get(id)?.texts ?? [];
        return texts.length === 1 && texts[0] === `welcome ${round}`;
      });
      assert.equal(carla.chat(id).lastSeq, seq);
    }

    const { members } = await anna.api.get(`/conversations/${id}`);
    assert.equal(members.filter(({ id: member }) => member === carla.id).length, 1);
    const comings = ['member.added', 'member.removed'];
    const told = ben.chat(id).events.filter((event) => comings.includes(event.type));
    const whether = told.map((event) => event.type === 'member.added');
    assert.deepEqual(
      whether,
      told.map((_, at) => at % 2 === 0),
      'they take turns',
    );
    assert.equal(whether.at(-1), true);
    const notices = carla.notices.filter((notice) => notice.conversation_id === id);
    assert.deepEqual(
      notices.map(({ type }) => type),
      told.map(({ type }) => type.replace('member.', 'chat.')),
    );
    assert.deepEqual(carla.violations, []);
  });

  test('no replica failed at anything', async () => {
    for (const name of [...CORES, 'hub']) {
      assert.doesNotMatch(await stack.log(name), /panicked|ERROR/, name);
    }
  });
}

for (const database of ['SQLite', 'PostgreSQL']) {
  describe(`races on ${database}`, () => races(database));
}
