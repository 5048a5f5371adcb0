/** What people and groups show of themselves: names, words and pictures, seen by others at once. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { picture } from './lib/pictures.mjs';
import { barriers, sidewaysScrollers } from './lib/screen.mjs';
import { Stack } from './lib/stack.mjs';

const SEEN_MS = 30_000;

let stack, browser;

before(async () => {
  stack = await Stack.start();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

async function isWell(viewer, where) {
  assert.deepEqual(await barriers(viewer.page), [], `${viewer.size} ${where}`);
  assert.deepEqual(await sidewaysScrollers(viewer.page), [], `${viewer.size} ${where}`);
}

/** Chooses a picture, cuts it as it lies, and waits until it is the face. */
async function choosePicture(viewer) {
  await viewer.page
    .locator('input[accept="image/*"]:not([capture])')
    .last()
    .setInputFiles(picture('me.png'));
  const dialog = viewer.page.getByRole('dialog', { name: 'Choose what is shown' });
  const use = dialog.getByRole('button', { name: 'Use the picture' });
  await use.waitFor();
  await isWell(viewer, 'cutting a picture');
  await use.click();
  await dialog.waitFor({ state: 'detached' });
  await viewer.button('Remove the picture').waitFor();
}

/** Waits until a face within `place` is a picture that has loaded. */
const hasFace = (place, who) =>
  eventually(
    `${who} has a face`,
    () =>
      place
        .locator('.avatar-face')
        .first()
        .evaluate((image) => image.naturalWidth > 0)
        .catch(() => false),
    { withinMs: SEEN_MS },
  );

for (const [annasSize, bensSize] of [
  ['desktop', 'phone'],
  ['phone', 'desktop'],
]) {
  test(`a profile and a group are changed on a ${annasSize}, and seen on a ${bensSize}`, async () => {
    const [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
    const direct = await anna.api.createDirect(ben.id);
    await anna.api.send(direct.id, 'hello');
    await ben.api.accept(direct.id);
    const group = await anna.api.createGroup('Walks', [ben.id]);
    await anna.api.send(group.id, 'hello all');
    const open = async (person, size) => {
      const viewer = await Viewer.open(browser, stack, size);
      await viewer.signIn(person.user.handle);
      return viewer;
    };
    const annas = await open(anna, annasSize);
    const bens = await open(ben, bensSize);

    await annas.goTo('Settings');
    await annas.page.getByRole('link', { name: 'Edit profile' }).click();
    await annas.field('Name').fill('Anna of the Hills');
    await annas.field('About').fill('Up early');
    await annas.button('Save').click();
    await annas.page.getByText('Saved').waitFor();
    await choosePicture(annas);
    await isWell(annas, 'with a profile');

    await bens.row('Anna of the Hills').waitFor();
    await hasFace(bens.row('Anna of the Hills'), 'Anna');
    await bens.openChat('Anna of the Hills');
    await bens.openInfo();
    await bens.page.getByText('Up early').waitFor();
    await bens.button('Show the picture').click();
    await bens.page.getByRole('dialog').getByAltText('Anna of the Hills').waitFor();
    await isWell(bens, 'with a face shown large');
    await bens.button('Close').click();

    await annas.page.goto(`/chats/${group.id}/info`);
    await annas.button('Edit the group').click();
    await annas.field('Group name').fill('Hill walks');
    await annas.field('Description').fill('Sundays at nine');
    await choosePicture(annas);
    await isWell(annas, 'editing a group');
    await annas.button('Save').click();
    await annas.page.locator('.chat-info-words').getByText('Sundays at nine').waitFor();

    await bens.page.goto(`/chats/${group.id}`);
    await bens.page
      .getByText('Anna of the Hills changed the group’s name to “Hill walks”')
      .waitFor();
    await bens.page.getByText('Anna of the Hills changed the group’s picture').waitFor();
    await hasFace(bens.page.locator('.conversation-header'), 'the group');
    await bens.openInfo();
    await bens.page.getByText('Sundays at nine').waitFor();
    assert.equal(await bens.button('Edit the group').count(), 0);
    await isWell(bens, 'with a group’s info');
    for (const viewer of [annas, bens]) {
      assert.deepEqual(viewer.complaints, []);
      await viewer.close();
    }
  });
}
