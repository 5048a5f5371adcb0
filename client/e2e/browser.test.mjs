import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Stack } from './lib/stack.mjs';

/** From pressing Send to being on the other screen; far above what it takes, also beside other tests. */
const SEEN_MS = 5_000;
/** The client waits up to a second before its first try to come back. */
const BACK_MS = 15_000;

let stack, browser;
const viewers = [];

async function open(size, options) {
  const viewer = await Viewer.open(browser, stack, size, options);
  viewers.push(viewer);
  return viewer;
}

before(async () => {
  stack = await Stack.start();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

async function pair(sizes = ['phone', 'desktop']) {
  const [anna, ben] = await Promise.all(sizes.map((size) => open(size)));
  await anna.register('Anna');
  await ben.register('Ben');
  return [anna, ben];
}

/** Two people with a direct chat that has one message from each. */
async function chatting(sizes) {
  const [anna, ben] = await pair(sizes);
  await anna.startDirectChat(ben.handle);
  await anna.send('hello');
  await ben.acceptRequest('Anna');
  await ben.send('hello yourself');
  await anna.message('hello yourself').waitFor();
  return [anna, ben];
}

const shown = async (viewer) => (await viewer.texts()).map((text) => text.trim());

function nobodyComplains() {
  for (const viewer of viewers) assert.deepEqual(viewer.complaints, [], viewer.name);
}

for (const sizes of [
  ['phone', 'desktop'],
  ['desktop', 'phone'],
]) {
  test(`two strangers meet and write to each other (${sizes.join(' and ')})`, async () => {
    const [anna, ben] = await pair(sizes);
    await anna.startDirectChat(ben.handle);
    await anna.send('hello');
    await ben.acceptRequest('Anna');
    await anna.messageThatIs('read', 'hello').waitFor();
    await ben.page.goto('/');
    await anna.send('Are you there?');
    await ben.row('Are you there?').waitFor();
    assert.equal((await ben.badge('Anna').innerText()).trim().split(/\s/)[0], '1');
    await anna.messageThatIs('delivered', 'Are you there?').waitFor();

    await ben.openChat('Anna');
    await ben.message('Are you there?').waitFor();
    await anna.messageThatIs('read', 'Are you there?').waitFor();
    await eventually('online', async () => (await anna.subtitle().innerText()) === 'online');

    await ben.field('Message').pressSequentially('Yes');
    await eventually('typing', async () => /typing/.test(await anna.subtitle().innerText()));
    const started = performance.now();
    await ben.button('Send').click();
    await anna.message('Yes').waitFor();
    const tookMs = performance.now() - started;
    assert.ok(tookMs < SEEN_MS, `${tookMs} ms`);
    await ben.back();
    await eventually('nothing unread', async () => (await ben.badge('Anna').count()) === 0);
    await ben.row('Yes').waitFor();
    nobodyComplains();
  });
}

test('a phone shows the list or the chat, a wide window both', async () => {
  const [anna, ben] = await chatting(['phone', 'desktop']);
  assert.equal(await anna.row('Ben').isVisible(), false);
  await anna.back();
  await anna.row('Ben').waitFor();
  assert.equal(await anna.field('Message').isVisible(), false);
  assert.equal(await ben.row('Anna').isVisible(), true);
  assert.equal(await ben.field('Message').isVisible(), true);
});

test('people come into a group, are removed from it and leave it', async () => {
  const [anna, ben] = await pair(['desktop', 'desktop']);
  const carla = await open('phone');
  await carla.register('Carla');
  await anna.createGroup('Hike', [ben.handle]);
  await anna.send('before Carla');
  await ben.openChat('Hike');
  await ben.message('before Carla').waitFor();

  await anna.openInfo();
  await anna.page.getByRole('link', { name: 'Add people' }).click();
  await anna.page.getByLabel('Search by handle').fill(carla.handle);
  await anna.person(carla.handle).click();
  await carla.openChat('Hike');
  await carla.send('thank you');
  await ben.message('thank you').waitFor();
  assert.equal(await carla.message('before Carla').count(), 0);

  await anna.page.goto(`/chats/${await ben.row('Hike').getAttribute('data-chat-id')}/info`);
  await anna.actOn(ben.handle, 'Remove from group');
  await anna.confirm('Remove');
  await eventually('Ben is out', async () => (await ben.row('Hike').count()) === 0);

  await carla.openInfo();
  await carla.button('Leave group').click();
  await carla.button('Leave').click();
  await eventually('Carla is out', async () => (await carla.row('Hike').count()) === 0);
  const members = anna.page.getByTestId('member');
  await eventually('Anna is alone', async () => (await members.count()) === 1);
  nobodyComplains();
});

test('what is written offline waits with a clock and goes out by itself', async () => {
  const [anna, ben] = await chatting();
  await anna.context.setOffline(true);
  await anna.send('written in a tunnel');
  await anna.send('and another one');
  await anna.messageThatIs('queued', 'written in a tunnel').waitFor();
  await anna.messageThatIs('queued', 'and another one').waitFor();
  assert.equal(await ben.message('tunnel').count(), 0);

  await anna.page.reload().catch(() => undefined);
  await anna.messageThatIs('queued', 'written in a tunnel').waitFor();
  await anna.context.setOffline(false);
  await ben.message('and another one').waitFor({ timeout: BACK_MS });
  await anna.messageThatIs('read', 'and another one').waitFor();
  const lines = ['hello', 'hello yourself', 'written in a tunnel', 'and another one'];
  assert.deepEqual(await shown(ben), lines);
  assert.deepEqual(await shown(anna), lines);
});

test('a reload shows the same chat, and another device of the account does, too', async () => {
  const [anna, ben] = await chatting();
  await anna.page.reload();
  await anna.message('hello yourself').waitFor();
  assert.deepEqual(await shown(anna), ['hello', 'hello yourself']);

  const tablet = await open('desktop');
  await tablet.signIn(ben.handle);
  await ben.page.goto('/settings');
  await anna.send('one');
  await anna.send('two');
  const unread = async (viewer) => (await viewer.badge('Anna').innerText()).trim().split(/\s/)[0];
  await eventually('two unread', async () => (await unread(tablet)) === '2');
  await ben.page.goto('/');
  await eventually('on both', async () => (await unread(ben)) === '2');
  await tablet.openChat('Anna');
  await eventually('read on both', async () => (await ben.badge('Anna').count()) === 0);
  await anna.messageThatIs('read', 'two').waitFor();
  nobodyComplains();
});

test('nobody notices that a core dies', async () => {
  const [anna, ben] = await chatting(['desktop', 'desktop']);
  const lines = ['hello', 'hello yourself'];
  for (const core of ['core-1', 'core-2']) {
    const back = await stack.kill(core);
    for (const sender of [anna, ben]) {
      const text = `${sender.name} while ${core} is away`;
      lines.push(text);
      await sender.send(text);
      await Promise.all([anna, ben].map((viewer) => viewer.message(text).waitFor()));
    }
    await back();
  }
  assert.deepEqual(await shown(anna), lines);
  assert.deepEqual(await shown(ben), lines);
  nobodyComplains();
});

test('both come back by themselves when the hub was away, with nothing missing or doubled', async () => {
  const [anna, ben] = await chatting(['phone', 'desktop']);
  const back = await stack.kill('hub');
  await anna.send('while the hub is away');
  await back();
  await ben.message('while the hub is away').waitFor({ timeout: BACK_MS });
  await ben.send('you are back');
  await anna.message('you are back').waitFor({ timeout: BACK_MS });
  const lines = ['hello', 'hello yourself', 'while the hub is away', 'you are back'];
  assert.deepEqual(await shown(anna), lines);
  assert.deepEqual(await shown(ben), lines);
  nobodyComplains();
});
