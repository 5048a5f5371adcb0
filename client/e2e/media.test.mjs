/** All that was sent in a chat: by month, shown large, saved, found in its chat, and gone when it is deleted. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { choose, pdf, picture } from './lib/pictures.mjs';
import { barriers, sidewaysScrollers } from './lib/screen.mjs';
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

async function isWell(viewer, where) {
  assert.deepEqual(await barriers(viewer.page), [], `${viewer.size} ${where}`);
  assert.deepEqual(await sidewaysScrollers(viewer.page), [], `${viewer.size} ${where}`);
}

test('what was sent in a chat is found from its info on a phone and on a desktop, and goes when it is deleted', async () => {
  const [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  const { id } = await ben.api.createGroup('Walks', [anna.id]);
  await ben.api.send(id, 'hello');
  const open = async (person, size) => {
    const viewer = await Viewer.open(browser, stack, size);
    await viewer.signIn(person.user.handle);
    await viewer.openChat('Walks');
    return viewer;
  };
  const annas = await open(anna, 'desktop');
  const bens = await open(ben, 'phone');
  await annas.openInfo();
  await annas.page.getByRole('link', { name: 'Media and documents' }).click();
  await annas.page.getByText('No photos or videos').waitFor();
  await isWell(annas, 'with nothing');
  await annas.page.goBack();
  await annas.page.goBack();

  await annas.field('Message').fill('the first one');
  await choose(annas, 'media', picture('one.png'), picture('two.png', 480, 640));
  await annas.button('Send 2 files').click();
  await annas.message('the first one').waitFor();
  await choose(annas, 'file', pdf('report.pdf'));
  await annas.button('Send 1 file').click();
  await bens.message('report.pdf').waitFor();

  await bens.openInfo();
  await bens.page.getByRole('link', { name: 'Media and documents' }).click();
  const squares = bens.page.getByRole('button', { name: /^Photo, / });
  const shown = (count) =>
    eventually(
      `${count} pictures are shown`,
      async () =>
        (await squares.count()) === count &&
        (await bens.page
          .locator('.media-square img')
          .evaluateAll((images) => images.every(({ naturalWidth }) => naturalWidth > 0))),
      { withinMs: SEEN_MS },
    );
  await shown(2);
  await isWell(bens, 'with pictures');
  await squares.last().click();
  const large = bens.page.getByRole('dialog');
  await large.getByText('the first one').waitFor();
  await isWell(bens, 'with a picture shown large');
  await bens.page.keyboard.press('Escape');

  // It goes from under the eyes of whoever looks.
  await annas.openMessageMenu('the first one');
  await annas.button('Delete').click();
  await annas.button('Delete for everyone').click();
  await shown(1);

  await bens.page.getByRole('tab', { name: 'Documents' }).click();
  await bens.page.getByTestId('document').getByText('report.pdf').waitFor();
  await isWell(bens, 'with documents');
  const [saved] = await Promise.all([
    bens.page.waitForEvent('download'),
    bens.button('Save report.pdf').click(),
  ]);
  assert.equal(saved.suggestedFilename(), 'report.pdf');
  await bens.page.getByTestId('document').getByRole('button').first().click();
  await bens.field('Message').waitFor();
  await bens.message('report.pdf').waitFor();
  for (const viewer of [annas, bens]) {
    assert.deepEqual(viewer.complaints, []);
    await viewer.close();
  }
});
