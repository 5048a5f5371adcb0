import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { group, sendTo } from './lib/scenes.mjs';
import { Stack } from './lib/stack.mjs';

/** nginx gives a core 7 s, then asks the next one. */
const PASSED_OVER_MS = 9_000;
/** Two looks that end without an answer, and a reload. */
const LEFT_OUT_MS = 20_000;
/** Once everybody who hangs is left out. */
const USUAL_MS = 1_000;
/** For how long the others stand still. */
const PAUSE_MS = 3_000;

let stack, anna, ben, chat;

before(async () => {
  stack = await Stack.start();
  [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  await Promise.all([anna.connect(), ben.connect()]);
  chat = await group(anna, ben);
});

after(async () => {
  anna?.disconnect();
  ben?.disconnect();
  await stack?.stop();
});

async function timed(act) {
  const started = performance.now();
  const result = await act();
  return { result, tookMs: performance.now() - started };
}

/** The cores among which nginx chooses now, by the port of each. */
async function chosen() {
  const lines = [...(await stack.log('watch')).matchAll(/reloading nginx: cores ([^,]*)/g)];
  return lines
    .at(-1)?.[1]
    .split(' ')
    .map((address) => Number(address.split(':')[1]));
}

for (const name of ['core-1', 'core-2']) {
  test(`${name} hangs: it is passed over, then left out, and comes back`, async (t) => {
    const { ports } = await stack.process(name);
    const resume = await stack.pause(name);
    t.after(resume);
    for (let turn = 0; turn < 2; turn++) {
      const read = await timed(() => anna.api.once('GET', '/users/me'));
      assert.equal(read.result.status, 200);
      assert.ok(read.tookMs < PASSED_OVER_MS, `${read.tookMs} ms`);
    }
    await sendTo(anna, chat, `${name} hangs`, [anna, ben]);
    await eventually(
      'it is left out',
      async () => !((await chosen()) ?? [ports.http]).includes(ports.http),
      {
        withinMs: LEFT_OUT_MS,
      },
    );
    // Requests that are under way when nginx reloads end by the old list.
    await eventually(
      'nobody meets it any more',
      async () => {
        const turns = Array.from({ length: 20 }, () =>
          timed(() => anna.api.once('GET', '/users/me')),
        );
        const reads = await Promise.all(turns);
        return reads.every(({ result, tookMs }) => result.status === 200 && tookMs < USUAL_MS);
      },
      { withinMs: LEFT_OUT_MS },
    );
    resume();
    const before = (await stack.accessLog()).length;
    await eventually(
      'it takes requests again',
      async () => {
        await anna.api.once('GET', '/users/me');
        const since = (await stack.accessLog()).slice(before);
        return since.includes(`via 127.0.0.1:${ports.http} (200)`);
      },
      { withinMs: LEFT_OUT_MS, everyMs: 100 },
    );
    await sendTo(ben, chat, `${name} is back`, [anna, ben]);
  });
}

for (const name of ['hub', 'nginx', 'watch']) {
  test(`${name} stands still for a while, and nothing is lost`, async (t) => {
    const resume = await stack.pause(name);
    t.after(resume);
    const sent = anna.api.send(chat, `while ${name} stood still`);
    await delay(PAUSE_MS);
    resume();
    const { seq } = await sent;
    await Promise.all([anna, ben].map((person) => person.hasChat(chat, { seq, withinMs: 10_000 })));
    await sendTo(ben, chat, `${name} goes on`, [anna, ben]);
  });
}
