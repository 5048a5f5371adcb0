/** What somebody begins to write is on all their devices, and nobody is disturbed who writes. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { barriers } from './lib/screen.mjs';
import { Stack } from './lib/stack.mjs';

const SEEN_MS = 20_000;

let stack, browser;

before(async () => {
  stack = await Stack.start();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

/** Anna with a phone and a desktop, and a group with Ben. */
async function gather() {
  const [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  const { id } = await ben.api.createGroup('Friends', [anna.id]);
  await ben.api.send(id, 'shall we?');
  const device = async (size) => {
    const viewer = await Viewer.open(browser, stack, size);
    await viewer.signIn(anna.user.handle);
    await viewer.row('Friends').waitFor();
    return viewer;
  };
  return { anna, id, phone: await device('phone'), desktop: await device('desktop') };
}

const written = (viewer, text) =>
  eventually(
    `${viewer.size} has “${text}”`,
    async () => (await viewer.field('Message').inputValue()) === text,
    { withinMs: SEEN_MS },
  );

const draftRow = (viewer, text) =>
  viewer.row('Friends').filter({ hasText: text && `Draft: ${text}` });

test('a draft goes from one device to the other and is gone from both when it is sent', async () => {
  const { anna, id, phone, desktop } = await gather();
  const kept = async () => (await anna.api.get(`/conversations/${id}`)).draft?.text ?? null;

  await phone.openChat('Friends');
  await phone.field('Message').pressSequentially('let us meet');
  await draftRow(desktop, 'let us meet').waitFor();
  assert.deepEqual(await barriers(desktop.page), []);
  await desktop.openChat('Friends');
  await written(desktop, 'let us meet');
  await desktop.field('Message').fill('let us meet at noon');
  // The other device takes it once nobody has written there for a moment.
  await written(phone, 'let us meet at noon');
  await desktop.send('let us meet at noon');
  await desktop.message('let us meet at noon').waitFor();
  await written(phone, '');
  await eventually('the server keeps none', async () => (await kept()) === null);

  // Without a network: the newest counts when it is back, and what is typed meanwhile stays.
  const online = await phone.cutOff();
  await phone.field('Message').fill('on the train');
  await phone.field('Message').fill('on the train home');
  await phone.back();
  await draftRow(phone, 'on the train home').waitFor();
  assert.equal(await kept(), null);
  await online();
  await phone.page.reload();
  await draftRow(desktop, 'on the train home')
    .or(desktop.page.locator('textarea', { hasText: 'on the train home' }))
    .first()
    .waitFor();
  await written(desktop, 'on the train home');
  await eventually('the server keeps it', async () => (await kept()) === 'on the train home');

  // Given up on one, it is gone on the other.
  await desktop.field('Message').fill('');
  await draftRow(phone, 'on the train home').waitFor({ state: 'detached' });
  await eventually('the server keeps none', async () => (await kept()) === null);

  // Whoever leaves the page at once loses nothing: at the latest their next visit tells of it.
  await phone.openChat('Friends');
  await phone.field('Message').fill('in a hurry');
  await phone.page.goto('about:blank');
  await phone.page.goto('/');
  await written(desktop, 'in a hurry');
  for (const viewer of [phone, desktop]) {
    assert.deepEqual(viewer.complaints, []);
    await viewer.close();
  }
});
