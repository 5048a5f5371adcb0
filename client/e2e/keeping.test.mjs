/** What people do with messages besides answering them: formats, mentions, forwards, stars, choices. */
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

/** Somebody's device with the chat open. */
async function device(name, person, size, title) {
  const viewer = await Viewer.open(browser, stack, size);
  await viewer.signIn(person.user.handle);
  viewer.name = name;
  await viewer.openChat(title);
  return viewer;
}

async function act(viewer, text, ...actions) {
  await viewer.openMessageMenu(text);
  for (const action of actions) {
    assert.deepEqual(await barriers(viewer.page), [], `${viewer.name} before ${action}`);
    await viewer.confirm(action);
  }
}

const starOf = (viewer, text) => viewer.message(text).locator('.bubble-star');
const textsOf = async (person, id) =>
  (await person.api.get(`/conversations/${id}/messages`)).messages.map(({ text }) => text);

/** Three devices of two people in a group, and a chat of the two. */
async function scene() {
  const [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  const { id } = await ben.api.createGroup('Friends', [anna.id]);
  const other = await ben.api.createGroup('Rooks', [anna.id]);
  await ben.api.send(id, 'shall we?');
  const phone = await device('phone', anna, 'phone', 'Friends');
  const desktop = await device('desktop', anna, 'desktop', 'Friends');
  const bens = await device('ben', ben, 'desktop', 'Friends');
  const devices = [phone, desktop, bens];
  for (const viewer of devices) await viewer.message('shall we?').waitFor();
  const end = async () => {
    for (const viewer of devices) {
      assert.deepEqual(await barriers(viewer.page), [], viewer.name);
      assert.deepEqual(viewer.complaints, [], viewer.name);
      await viewer.close();
    }
  };
  return { anna, ben, id, other: other.id, phone, desktop, bens, end };
}

test('a text is drawn with its marks, and names somebody who is chosen by keyboard', async () => {
  const { anna, ben, id, phone, desktop, bens, end } = await scene();
  await desktop.field('Message').fill('*so* `it` is, @');
  await desktop.page.getByTestId('mention-option').first().waitFor();
  assert.deepEqual(await barriers(desktop.page), [], 'while choosing whom to mention');
  await desktop.page.keyboard.press('Enter');
  await eventually('the handle stands in the field', async () =>
    (await desktop.field('Message').inputValue()).endsWith(`@${ben.user.handle} `),
  );
  await desktop.page.keyboard.press('Enter');
  for (const viewer of [phone, desktop, bens]) {
    const said = viewer.message('so it is');
    await said.locator('strong').waitFor();
    await said.locator('.mention').filter({ hasText: ben.user.display_name }).waitFor();
  }
  await bens.page.locator('.mention-self').waitFor();
  const { messages } = await anna.api.get(`/conversations/${id}/messages`);
  assert.deepEqual(messages.at(-1).mentions, [ben.id]);
  await end();
});

test('two people on three devices forward, star, choose and ask who has read, offline and back', async () => {
  const { anna, ben, id, other, phone, desktop, bens, end } = await scene();

  // Starred on one device without a network, it stands on the other one once it is back.
  const back = await phone.cutOff();
  await act(phone, 'shall we?', 'Star');
  await starOf(phone, 'shall we?').waitFor();
  await act(phone, 'shall we?', 'Forward');
  await phone.page.getByTestId('chat-choice').filter({ hasText: 'Rooks' }).click();
  await phone.page.getByTestId('chat-choice').filter({ hasText: 'Friends' }).click();
  assert.deepEqual(await barriers(phone.page), [], 'while choosing chats');
  await phone.confirm('Forward');
  await phone.messageThatIs('queued', 'shall we?').waitFor();
  assert.deepEqual(await textsOf(ben, other), []);
  assert.equal(await starOf(desktop, 'shall we?').count(), 0);
  await back();
  await eventually('both are forwarded', async () => (await textsOf(ben, other)).length === 1, {
    withinMs: SEEN_MS,
  });
  await starOf(desktop, 'shall we?').first().waitFor();
  await bens.message('Forwarded').filter({ hasText: 'shall we?' }).waitFor();
  assert.equal(await starOf(bens, 'shall we?').count(), 0);

  // The list of all leads back to the message.
  await desktop.goTo('Starred');
  const starred = desktop.page.getByTestId('starred');
  await starred.filter({ hasText: 'shall we?' }).waitFor();
  assert.deepEqual(await barriers(desktop.page), [], 'the starred messages');
  await starred.getByRole('button', { name: /shall we/ }).click();
  await desktop.page.locator('.virtual-row-flashed').waitFor();

  // Who has read it: Ben has the chat in front of him.
  await desktop.send('anybody?');
  await desktop.messageThatIs('read', 'anybody?').waitFor();
  await act(desktop, 'anybody?', 'Message info');
  await desktop.page.getByTestId('info-read').filter({ hasText: ben.user.display_name }).waitFor();
  assert.deepEqual(await barriers(desktop.page), [], 'the info of a message');
  await desktop.confirm('Dismiss');

  // Several at once, by keyboard.
  await act(desktop, 'anybody?', 'Select');
  await desktop.page
    .getByRole('checkbox', { name: /Select message: shall we/ })
    .first()
    .focus();
  await desktop.page.keyboard.press('Space');
  assert.deepEqual(await barriers(desktop.page), [], 'while selecting');
  await desktop.button('Delete').click();
  await desktop.confirm('Delete for me');
  await eventually('both are gone on the phone', async () => {
    const shown = (await phone.texts()).map((text) => text.trim());
    return shown.length === 1 && shown[0] === 'shall we?';
  });
  assert.deepEqual(await textsOf(ben, id), ['shall we?', 'shall we?', 'anybody?']);
  assert.deepEqual(await textsOf(anna, id), ['shall we?']);
  await end();
});
