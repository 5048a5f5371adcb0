/** First contact, roles, blocks and leaving, as people meet them at either size. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { barriers, sidewaysScrollers } from './lib/screen.mjs';
import { Stack } from './lib/stack.mjs';

/** Far above what anything here takes: a busy machine is slow, and what does not come is a fault. */
const PATIENCE_MS = 20_000;

let stack, browser;

before(async () => {
  stack = await Stack.start();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

const soon = (what, probe) => eventually(what, probe, { withinMs: PATIENCE_MS, everyMs: 50 });
const gone = (what, locator) => soon(what, async () => (await locator.count()) === 0);

/** People with a browser each; the last one in dark. */
async function people(size, ...names) {
  const viewers = await Promise.all(
    names.map((_, at) =>
      Viewer.open(browser, stack, size, {
        colorScheme: at === names.length - 1 ? 'dark' : 'light',
      }),
    ),
  );
  for (const [at, viewer] of viewers.entries()) {
    viewer.page.setDefaultTimeout(PATIENCE_MS);
    await viewer.register(names[at]);
  }
  return viewers;
}

async function assertWhole(viewer) {
  assert.deepEqual(await barriers(viewer.page), []);
  assert.deepEqual(await sidewaysScrollers(viewer.page), []);
}

async function leaveAll(viewers) {
  for (const viewer of viewers) {
    assert.deepEqual(viewer.complaints, [], viewer.name);
    await viewer.close();
  }
}

/** In a message; the chat's row is a link, too, and quotes it. */
const link = (viewer) =>
  viewer.page.getByRole('log').getByRole('link', { name: 'https://example.org' });
const text = async (locator) => (await locator.innerText()).replace(/\s+/g, ' ');

for (const size of ['phone', 'desktop']) {
  test(`somebody new asks, is accepted, blocked, unblocked and left (${size})`, async () => {
    const [anna, ben] = await people(size, 'Anna', 'Ben');
    await anna.startDirectChat(ben.handle);
    const own = anna.page.getByTestId('own-request-bar');
    await soon('the limit is said', async () => /You can send 3 messages/.test(await text(own)));
    await anna.send('look at https://example.org');
    await anna.messageThatIs('sent', 'look at').waitFor();
    await soon('two are left', async () => /You can send 2 messages/.test(await text(own)));
    assert.equal(await link(anna).count(), 0);

    // It is no chat of Ben's before he says so.
    await ben.page
      .getByRole('link', { name: 'Requests' })
      .getByText('1', { exact: true })
      .waitFor();
    assert.equal(await ben.row('Anna').count(), 0);
    await ben.openRequest('Anna');
    const request = ben.page.getByTestId('request-bar');
    await request.waitFor();
    assert.match(await text(request), new RegExp(`@${anna.handle}.*wants to write to you`));
    await ben.message('look at').waitFor();
    assert.equal(await link(ben).count(), 0);
    assert.equal(await ben.field('Message').count(), 0);
    await assertWhole(ben);

    // He has it in front of him, and she cannot see that.
    await anna.send('are you there?');
    await ben.message('are you there?').waitFor();
    await anna.send('the third and last');
    await ben.message('the third and last').waitFor();
    await soon('none is left', async () => /have sent three/.test(await text(own)));
    assert.equal(await anna.field('Message').count(), 0);
    await anna.messageThatIs('sent', 'the third and last').waitFor();
    assert.equal(
      await anna.page.locator('[data-status="read"], [data-status="delivered"]').count(),
      0,
    );
    assert.equal(await anna.subtitle().innerText(), `@${ben.handle}`);
    await assertWhole(anna);

    await ben.button('Accept').click();
    await ben.field('Message').waitFor();
    await anna.messageThatIs('read', 'the third and last').waitFor();
    await gone('no request any more', own);
    await soon('online', async () => (await anna.subtitle().innerText()) === 'online');
    await link(anna).waitFor();
    await link(ben).waitFor();
    await ben.send('glad to meet you');
    await anna.message('glad to meet you').waitFor();

    await ben.openInfo();
    await ben.button('Block Anna').click();
    await assertWhole(ben);
    await ben.confirm('Block');
    await ben.button('Unblock Anna').waitFor();
    await soon('not online', async () => (await anna.subtitle().innerText()) !== 'online');
    await anna.send('can you hear me?');
    await anna.messageThatIs('failed', 'can you hear me?').waitFor();
    await anna.page.getByText('This person takes no messages or invitations from you.').waitFor();

    await ben.page.goto('/settings');
    await ben.page.getByRole('link', { name: 'Blocked people' }).click();
    await ben.page.getByTestId('blocked').filter({ hasText: anna.handle }).waitFor();
    await assertWhole(ben);
    await ben.button('Unblock Anna').click();
    await ben.page.getByText('Nobody is blocked').waitFor();
    await anna.button('Try again').click();
    await anna.messageThatIs('delivered', 'can you hear me?').waitFor();

    await ben.page.goto('/');
    await ben.openChat('Anna');
    await ben.message('can you hear me?').waitFor();
    await ben.openInfo();
    await ben.button('Delete chat').click();
    await ben.confirm('Delete');
    await gone('the chat is gone', ben.row('Anna'));
    await anna.send('one more thing');
    await ben.openChat('Anna');
    await ben.message('one more thing').waitFor();
    assert.deepEqual(
      (await ben.texts()).map((line) => line.trim()),
      ['one more thing'],
    );
    await leaveAll([anna, ben]);
  });

  test(`a request is refused for good (${size})`, async () => {
    const [anna, ben] = await people(size, 'Anna', 'Ben');
    await anna.startDirectChat(ben.handle);
    await anna.send('buy this');
    await ben.openRequest('Anna');
    await ben.button('Block').click();
    await ben.confirm('Block');
    await ben.page.getByText('No requests').waitFor();
    await anna.send('buy that');
    await anna.messageThatIs('failed', 'buy that').waitFor();
    assert.equal(await ben.row('Anna').count(), 0);
    await leaveAll([anna, ben]);
  });

  test(`roles in a group, and coming back to it only by one’s own wish (${size})`, async () => {
    const [anna, ben, carla] = await people(size, 'Anna', 'Ben', 'Carla');
    await anna.createGroup('Hike', [ben.handle, carla.handle]);
    await anna.send('welcome');
    for (const viewer of [ben, carla]) {
      await viewer.openChat('Hike');
      await viewer.message('welcome').waitFor();
    }
    await Promise.all([anna, ben, carla].map((viewer) => viewer.openInfo()));

    // A member can do nothing about the others but write to them.
    await ben.member(carla.handle).getByRole('button').click();
    const sheet = ben.page.getByRole('dialog');
    assert.deepEqual(await sheet.getByRole('button').allInnerTexts(), ['Message Carla', 'Cancel']);
    await ben.confirm('Cancel');
    await anna.actOn(ben.handle, 'Make group admin');
    await ben.member(ben.handle).getByText('Admin').waitFor();
    await carla.member(ben.handle).getByText('Admin').waitFor();
    await assertWhole(carla);

    await ben.member(carla.handle).getByRole('button').click();
    await assertWhole(ben);
    await ben.button('Remove from group').click();
    await ben.confirm('Remove');
    await gone('Carla is out', carla.row('Hike'));

    // Who owned the group leaves: the admin has it.
    await anna.button('Leave group').click();
    await anna.confirm('Leave');
    await ben.member(ben.handle).getByText('Owner').waitFor();
    await gone('Anna is out', anna.row('Hike'));

    await ben.page.getByRole('link', { name: 'Add people' }).click();
    await ben.page.getByLabel('Search by handle').fill(anna.handle);
    await ben.person(anna.handle).click();
    await ben.page.getByText('left this group before and is asked first').waitFor();
    await anna.openRequest('Hike');
    const asked = anna.page.getByTestId('group-request');
    await asked.getByText('Ben wants to add you back').waitFor();
    await assertWhole(anna);
    await anna.button('Accept').click();
    await anna.field('Message').waitFor();
    await anna.send('back again');
    await anna.page
      .locator('[data-testid="message"][data-seq]', { hasText: 'back again' })
      .waitFor();

    // Carla, who was removed, has had enough of groups.
    await carla.page.goto('/settings');
    await carla.page.getByRole('radio', { name: 'Nobody' }).check();
    await carla.page.getByText('Others can only ask you in a message.').waitFor();
    await assertWhole(carla);
    await ben.page.getByLabel('Search by handle').fill(carla.handle);
    await ben.person(carla.handle).click();
    await ben.page.getByText('does not let you add them to groups').waitFor();
    await leaveAll([anna, ben, carla]);
  });
}
