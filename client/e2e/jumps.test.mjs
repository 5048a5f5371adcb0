/** Jumps to messages far back in a chat, and the way back to its end. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually, inParallel } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { drawn, messagesInView } from './lib/screen.mjs';
import { Stack } from './lib/stack.mjs';

const MESSAGES = 3_000;
/** Far from the end, and near enough to it to scroll there. */
const FAR = 60;
const NEAR = 2_780;

let stack, browser, anna, ben, id;

before(async () => {
  stack = await Stack.start();
  browser = await launchBrowser();
  [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  ({ id } = await ben.api.createGroup('Friends', [anna.id]));
  // Some of them are long, so that no two lines are of one height.
  await inParallel(Array.from({ length: MESSAGES }), 8, (_, n) =>
    ben.api.send(id, `words ${n}${' and more of it'.repeat(n % 7 === 0 ? 12 : n % 3)}`),
  );
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

/** The message with this number. */
async function messageAt(seq) {
  const { messages } = await ben.api.get(`/conversations/${id}/messages?around=${seq}&limit=1`);
  return messages[0];
}

async function answer(seq, text) {
  const { id: replyTo } = await messageAt(seq);
  const body = { client_msg_id: randomUUID(), text, reply_to: replyTo };
  return ben.api.post(`/conversations/${id}/messages`, body);
}

const inView = async (viewer, seq) =>
  (await messagesInView(viewer.page)).some((message) => message.seq === seq);

/**
 * Scrolls down until a number is shown, or so many screens. Answers by how many pixels a message
 * moved at most that nobody moved, whether a number was passed over, and the last number in view.
 */
function scrollDown(viewer, { until = Infinity, screens = Infinity }) {
  return viewer.page.evaluate(
    async ({ until, screens }) => {
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      const scroller = document.querySelector('.messages-scroller');
      const bubbles = () =>
        [...scroller.querySelectorAll('[data-testid="message"][data-seq]')].sort(
          (a, b) => a.dataset.seq - b.dataset.seq,
        );
      const numbers = () => bubbles().map((bubble) => Number(bubble.dataset.seq));
      let moved = 0;
      let passedOver = false;
      const deadline = performance.now() + 60_000;
      for (let screen = 0; screen < screens && performance.now() < deadline; screen += 1) {
        scroller.scrollTop += scroller.clientHeight * 0.8;
        await frame();
        await frame();
        const view = scroller.getBoundingClientRect();
        const middle = bubbles().find(
          (bubble) => bubble.getBoundingClientRect().bottom > view.y + 9,
        );
        const { seq } = middle.dataset;
        const before = middle.getBoundingClientRect().top;
        // At the end of what is loaded the next page comes, or nothing more does.
        for (let wait = 0; wait < 6; wait += 1) {
          await frame();
          const same = bubbles().find((bubble) => bubble.dataset.seq === seq);
          const by = same ? Math.abs(same.getBoundingClientRect().top - before) : Infinity;
          moved = Math.max(moved, by);
        }
        const seqs = numbers();
        passedOver ||= seqs.some((n, at) => at > 0 && n !== seqs[at - 1] + 1);
        if (seqs.at(-1) >= until) {
          return { moved, passedOver, last: seqs.at(-1) };
        }
      }
      return { moved, passedOver, last: numbers().at(-1) };
    },
    { until, screens },
  );
}

for (const size of ['phone', 'desktop']) {
  test(`a quote from far back leads there, and scrolling leads to the end again (${size})`, async () => {
    await answer(NEAR, 'that one of late');
    const { seq: last } = await answer(FAR, 'that one of old');
    await anna.api.post(`/conversations/${id}/receipts`, { read_seq: last });
    const viewer = await Viewer.open(browser, stack, size);
    await viewer.signIn(anna.user.handle);
    await viewer.openChat('Friends');
    await viewer.message('that one of old').last().getByTestId('quote').click();
    await eventually('the message is shown', () => inView(viewer, FAR));
    await viewer.page.locator('.virtual-row-flashed').waitFor();

    // What is written meanwhile does not stand below it, and is not read.
    const { seq: fresh } = await ben.api.send(id, `meanwhile (${size})`);
    const badge = viewer.page.locator('.to-end .badge');
    await eventually('it is counted', async () => (await badge.innerText()) === '1');
    assert.ok(await inView(viewer, FAR));
    assert.equal(await viewer.message(`meanwhile (${size})`).count(), 0);
    const below = await scrollDown(viewer, { screens: 12 });
    assert.ok(below.moved <= 1, `moved by ${below.moved} px`);
    assert.equal(below.passedOver, false);
    assert.ok(below.last > FAR + 50 && below.last < NEAR, `at ${below.last}`);
    const { receipts } = await anna.api.get(`/conversations/${id}`);
    assert.equal(Math.min(...receipts.map((receipt) => receipt.read_seq)), last);

    // What is deleted is so there, too.
    const { seq: gone } = (await messagesInView(viewer.page))[0];
    await ben.api.delete(
      `/conversations/${id}/messages/${(await messageAt(gone)).id}?for=everyone`,
    );
    const erased = viewer.page.locator(`[data-testid="message"][data-seq="${gone}"]`);
    await erased.filter({ hasText: 'This message was deleted' }).waitFor();

    await viewer.button('Jump to the latest').click();
    await eventually('the end is shown', () => inView(viewer, fresh));
    await viewer.page.locator('.to-end').waitFor({ state: 'detached' });
    await viewer.message('that one of late').last().getByTestId('quote').click();
    await eventually('the message is shown', () => inView(viewer, NEAR));
    const { moved, passedOver } = await scrollDown(viewer, { until: fresh });
    assert.ok(moved <= 1, `moved by ${moved} px`);
    assert.equal(passedOver, false);
    // Lines beyond the screen are drawn ahead.
    await scrollDown(viewer, { screens: 5 });
    await eventually('the end is shown', () => inView(viewer, fresh));
    // It is the chat's end again, which goes on with what is written.
    const { seq: next } = await ben.api.send(id, `at the end (${size})`);
    await eventually('it goes on', () => inView(viewer, next));

    // A reload joins nothing that does not belong together.
    await viewer.message('that one of old').last().getByTestId('quote').click();
    await eventually('the message is shown', () => inView(viewer, FAR));
    await viewer.page.reload();
    await eventually('the chat is at its end', () => inView(viewer, next));
    await drawn(viewer.page);
    const numbers = (await messagesInView(viewer.page)).map(({ seq }) => seq);
    assert.deepEqual(
      numbers,
      numbers.map((_, at) => numbers[0] + at),
    );
    assert.deepEqual(viewer.complaints, []);
    await viewer.close();
  });
}
