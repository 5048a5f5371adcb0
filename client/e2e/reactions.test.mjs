/** What people do with a message besides answering: they react to it, and pin it above the chat. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { barriers, messagesInView } from './lib/screen.mjs';
import { Stack } from './lib/stack.mjs';

const SEEN_MS = 20_000;
const QUESTION = 'shall we?';

let stack, browser;

before(async () => {
  stack = await Stack.start();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

/** Two people in one group: Anna with a phone and a dark desktop, Ben with a desktop. */
async function gather() {
  const [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  const { id } = await ben.api.createGroup('Friends', [anna.id]);
  await ben.api.send(id, QUESTION);
  const device = async (name, person, size, options) => {
    const viewer = await Viewer.open(browser, stack, size, options);
    await viewer.signIn(person.user.handle);
    viewer.name = name;
    await viewer.openChat('Friends');
    await viewer.message(QUESTION).waitFor();
    return viewer;
  };
  const phone = await device('phone', anna, 'phone');
  const desktop = await device('desktop', anna, 'desktop', { colorScheme: 'dark' });
  const bens = await device('ben', ben, 'desktop');
  return { id, ben, phone, desktop, bens, devices: [phone, desktop, bens] };
}

const isOpenToAll = async (viewer, where) =>
  assert.deepEqual(await barriers(viewer.page), [], `${viewer.name} ${where}`);

const reactions = (viewer) => viewer.message(QUESTION).getByTestId('reactions');
const banner = (viewer) => viewer.page.getByTestId('pin-banner');

async function react(viewer, emoji) {
  await viewer.openMessageMenu(QUESTION);
  await viewer.confirm(`React with ${emoji}`);
}

/** Finds an emoji by its name in the picker, which is open. */
async function pick(viewer, name) {
  await viewer.page.getByRole('gridcell').nth(20).waitFor();
  await isOpenToAll(viewer, 'with all emoji');
  await viewer.page.getByLabel('Search emoji').fill(name);
  await viewer.page.getByRole('gridcell', { name, exact: true }).click();
  await viewer.page.getByRole('dialog').waitFor({ state: 'detached' });
}

/** Waits until each of them shows these reactions below the question: `👍2`, or nothing. */
async function agree(viewers, expected) {
  for (const viewer of viewers) {
    let shown;
    const same = async () => {
      shown = (await reactions(viewer).allTextContents()).join();
      return shown === expected;
    };
    await eventually(`${viewer.name} sees ${expected}`, same, { withinMs: SEEN_MS }).catch(() =>
      assert.equal(shown, expected, viewer.name),
    );
  }
}

async function finish(devices) {
  for (const viewer of devices) {
    assert.deepEqual(viewer.complaints, [], viewer.name);
    await viewer.close();
  }
}

test('two people on three devices react, replace it and take it back, offline too, and see who did', async () => {
  const { phone, desktop, bens, devices } = await gather();
  await phone.openMessageMenu(QUESTION);
  await isOpenToAll(phone, 'about to react');
  await phone.confirm('React with 👍');
  await agree(devices, '👍');
  await react(bens, '👍');
  await agree(devices, '👍2');

  // Another device of hers knows which one is hers; another emoji takes its place.
  await desktop.openMessageMenu(QUESTION);
  await desktop.page.getByRole('button', { name: 'React with 👍', pressed: true }).waitFor();
  await desktop.confirm('More emoji');
  await desktop.page.locator('input[type="search"]:focus').waitFor();
  await pick(desktop, 'Octopus');
  await agree(devices, '👍🐙2');

  await reactions(bens).click();
  const who = bens.page.getByTestId('reaction-of');
  await who.filter({ hasText: '🐙' }).filter({ hasText: 'anna' }).waitFor();
  await who.filter({ hasText: '👍' }).filter({ hasText: 'You' }).waitFor();
  await isOpenToAll(bens, 'looking who has reacted');
  await bens.confirm('Take back');
  await agree(devices, '🐙');

  const back = await phone.cutOff();
  await react(phone, '😂');
  await agree([phone], '😂');
  assert.equal(await reactions(bens).textContent(), '🐙');
  await back();
  await agree(devices, '😂');
  await react(phone, '😂');
  await agree(devices, '');

  await phone.button('Choose an emoji').click();
  await pick(phone, 'Octopus');
  await phone.button('Send').click();
  await bens.message('🐙').waitFor();
  await finish(devices);
});

test('a pinned message stands above the chat of everybody until somebody unpins it', async () => {
  const { id, ben, phone, desktop, bens, devices } = await gather();
  await phone.openMessageMenu(QUESTION);
  await phone.confirm('Pin');
  await isOpenToAll(phone, 'about to pin');
  await phone.confirm('7 days');
  for (const viewer of devices) {
    await banner(viewer).filter({ hasText: QUESTION }).waitFor();
    await isOpenToAll(viewer, 'below a pinned message');
  }

  // It leads to the message, wherever the chat has gone meanwhile.
  for (let n = 1; n <= 40; n += 1) await ben.api.send(id, `answer ${n}`);
  await desktop.message('answer 40').waitFor();
  const inView = async (seq) => (await messagesInView(desktop.page)).some((m) => m.seq === seq);
  await eventually('the newest is in view', () => inView(41), { withinMs: SEEN_MS });
  assert.equal(await inView(1), false);
  await banner(desktop).click();
  await eventually('the pinned one is in view', () => inView(1), { withinMs: SEEN_MS });

  await bens.page.reload();
  await banner(bens).filter({ hasText: QUESTION }).waitFor();
  await desktop.openMessageMenu(QUESTION);
  await desktop.confirm('Unpin');
  for (const viewer of devices) await banner(viewer).waitFor({ state: 'detached' });
  await finish(devices);
});
