/** Where a chat opens, what counts as read, and that nothing moves which the reader does not move. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, test } from 'node:test';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually, inParallel } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { drawn, focusWindow, messagesInView } from './lib/screen.mjs';
import { Stack } from './lib/stack.mjs';

/** A page of messages takes this long, as from a server on another continent's near side. */
const LATENCY_MS = 40;

let stack, browser;

before(async () => {
  stack = await Stack.start();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

/** A group of two in which Ben has written `count` messages that Anna has not seen. */
async function writtenTo(count) {
  const [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  const { id } = await ben.api.createGroup('Friends', [anna.id]);
  await write(ben, id, 1, count);
  return { anna, ben, id };
}

async function write(person, id, from, to) {
  // Some of them are long, so that no two lines are of one height.
  for (let n = from; n <= to; n += 1) {
    await person.api.send(id, `line ${n}${' and more of it'.repeat(n % 7 === 0 ? 12 : n % 3)}`);
  }
}

async function openAs(person, size, options) {
  const viewer = await Viewer.open(browser, stack, size, options);
  await viewer.signIn(person.user.handle);
  return viewer;
}

/** How far the reader has read, as the server tells everybody. */
async function readSeq(person, id) {
  const { receipts } = await person.api.get(`/conversations/${id}`);
  return Math.min(...receipts.map((receipt) => receipt.read_seq));
}

const scrollBy = (viewer, px) =>
  viewer.page.evaluate((by) => document.querySelector('.messages-scroller').scrollBy(0, by), px);

for (const size of ['phone', 'desktop']) {
  test(`a new device opens at the first of 120 unread messages and reads what it shows (${size})`, async () => {
    const { anna, ben, id } = await writtenTo(120);
    const viewer = await openAs(anna, size);
    await viewer.openChat('Friends');
    const divider = viewer.page.getByTestId('unread-divider');
    await divider.waitFor();
    assert.equal(await divider.innerText(), '120 unread messages');
    await drawn(viewer.page);
    const view = await messagesInView(viewer.page);
    assert.equal(view[0].seq, 1);
    const shown = view.at(-1).seq;
    assert.ok(shown < 60, `${shown} messages fit on the screen`);
    const read = () => readSeq(ben, id);
    await eventually('what is on the screen is read', async () => (await read()) >= shown);
    assert.ok((await read()) <= shown + 1, 'and nothing below it');
    const badge = viewer.page.locator('.to-end .badge');
    assert.equal(
      Number((await badge.innerText()).replace('+', '')),
      Math.min(99, 120 - (await read())),
    );

    // Scrolling through the rest reads the rest.
    await eventually(
      'read to the end',
      async () => {
        await scrollBy(viewer, 400);
        return (await read()) === 120;
      },
      { withinMs: 15_000, everyMs: 20 },
    );
    assert.deepEqual(viewer.complaints, []);
    await viewer.close();
  });

  test(`jumping to the latest reads everything (${size})`, async () => {
    const { anna, ben, id } = await writtenTo(120);
    const viewer = await openAs(anna, size);
    await viewer.openChat('Friends');
    await viewer.page.getByTestId('unread-divider').waitFor();
    await viewer.button('Jump to the latest').click();
    await eventually('read', async () => (await readSeq(ben, id)) === 120);
    await viewer.close();
  });

  test(`what arrives while nobody looks is read when it is looked at (${size})`, async () => {
    const { anna, ben, id } = await writtenTo(30);
    const viewer = await openAs(anna, size);
    await viewer.openChat('Friends');
    await viewer.button('Jump to the latest').click();
    await eventually('read', async () => (await readSeq(ben, id)) === 30);
    await focusWindow(viewer.page, false);
    await write(ben, id, 31, 70);
    await viewer.connection('online').waitFor({ state: 'attached' });
    const divider = viewer.page.getByTestId('unread-divider').last();
    await eventually(
      'all arrived',
      async () => (await divider.innerText()) === '40 unread messages',
    );
    assert.equal(await readSeq(ben, id), 30);

    await focusWindow(viewer.page, true);
    await drawn(viewer.page);
    const view = await messagesInView(viewer.page);
    assert.ok(
      view.some(({ seq }) => seq === 31),
      'the first of them is in view',
    );
    const shown = view.at(-1).seq;
    assert.ok(shown < 65);
    await eventually('read', async () => (await readSeq(ben, id)) >= shown);
    assert.ok((await readSeq(ben, id)) <= shown + 1, 'nothing below the screen');
    await viewer.close();
  });

  test(`older messages never move what is on the screen, and come as long as there are some (${size})`, async () => {
    const { anna, ben, id } = await writtenTo(400);
    await anna.api.post(`/conversations/${id}/receipts`, { read_seq: 400 });
    // A service worker would fetch past the route.
    const viewer = await openAs(anna, size, { serviceWorkers: 'block' });
    await viewer.page.route('**/messages?*', async (route) => {
      await delay(LATENCY_MS);
      await route.continue();
    });
    await viewer.openChat('Friends');
    await viewer.message('line 400').waitFor();
    const { jumps, pages, stuckAt } = await viewer.page.evaluate(async () => {
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      const scroller = document.querySelector('.messages-scroller');
      const messages = () => [...scroller.querySelectorAll('[data-testid="message"][data-seq]')];
      const seqOf = (bubble) => Number(bubble.dataset.seq);
      const lowest = () => Math.min(...messages().map(seqOf));
      const found = [];
      let count = 0;
      while (!scroller.querySelector('.timeline-beginning')) {
        scroller.scrollTop = 0;
        await frame();
        await frame();
        const top = scroller.getBoundingClientRect().top;
        const anchor = messages()
          .sort((a, b) => seqOf(a) - seqOf(b))
          .find((bubble) => bubble.getBoundingClientRect().bottom > top + 1);
        const seq = seqOf(anchor);
        const before = anchor.getBoundingClientRect().top;
        const deadline = performance.now() + 15_000;
        while (lowest() >= seq && !scroller.querySelector('.timeline-beginning')) {
          if (performance.now() > deadline) return { jumps: found, pages: count, stuckAt: seq };
          await frame();
        }
        await frame();
        await frame();
        const same = messages().find((bubble) => seqOf(bubble) === seq);
        found.push(same ? Math.abs(same.getBoundingClientRect().top - before) : Infinity);
        count += 1;
      }
      return { jumps: found, pages: count, stuckAt: null };
    });
    assert.equal(stuckAt, null, `no older message was asked for above ${stuckAt}`);
    assert.ok(pages >= 6, `${pages} pages`);
    assert.ok(Math.max(...jumps) <= 1, `jumps of ${jumps.map((px) => px.toFixed(1))} px`);
    await viewer.message('line 1').first().waitFor();
    assert.deepEqual(viewer.complaints, []);
    await viewer.close();
  });

  test(`the way back leads to where one was (${size})`, async () => {
    const { anna, id } = await writtenTo(100);
    await anna.api.post(`/conversations/${id}/receipts`, { read_seq: 100 });
    const viewer = await openAs(anna, size);
    await viewer.openChat('Friends');
    await viewer.message('line 100').waitFor();
    await drawn(viewer.page);
    await scrollBy(viewer, -700);
    await drawn(viewer.page);
    const before = await messagesInView(viewer.page);
    assert.ok(before.at(-1).seq < 100);

    await viewer.page.getByRole('link', { name: 'Chat info' }).click();
    await viewer.button('Leave group').waitFor();
    // On a desktop the chat is narrower beside it, and its lines are higher.
    await drawn(viewer.page);
    await viewer.page.goBack();
    const same = async () => {
      const [first] = await messagesInView(viewer.page);
      return first?.seq === before[0].seq && Math.abs(first.top - before[0].top) <= 2;
    };
    await eventually('the chat is where it was', same);
    await viewer.page
      .getByRole('link', { name: 'Settings' })
      .or(viewer.button('Back'))
      .first()
      .click();
    if (size === 'desktop') await viewer.page.getByRole('link', { name: 'Chats' }).click();
    await viewer.openChat('Friends');
    await eventually('also from the list', same);
    await viewer.close();
  });
}

test('the list of a phone is where it was, with its search, on the way back', async () => {
  const [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  await inParallel(Array.from({ length: 30 }), 2, (_, n) =>
    ben.api.createGroup(`Group ${n}`, [anna.id]),
  );
  const viewer = await openAs(anna, 'phone');
  const list = viewer.page.locator('.pane-body');
  await list.evaluate((element) => element.scrollTo(0, 1_200));
  await drawn(viewer.page);
  await viewer.page.getByTestId('chat-row').nth(12).click();
  await viewer.field('Message').waitFor();
  await viewer.back();
  await eventually(
    'as far down',
    async () => Math.abs((await list.evaluate((element) => element.scrollTop)) - 1_200) <= 2,
  );

  await viewer.page.getByLabel('Search chats').fill('group 7');
  await viewer.openChat('Group 7');
  await viewer.back();
  assert.equal(await viewer.page.getByLabel('Search chats').inputValue(), 'group 7');
  await viewer.close();
});
