/** Pictures and files: chosen, captioned, sent, seen, saved, and gone when they are deleted. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { choose, pdf, picture } from './lib/pictures.mjs';
import { barriers, messagesInView } from './lib/screen.mjs';
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

/** Anna and Ben in one group, each in front of a device of another size. */
async function gather(annasSize, bensSize) {
  const [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  const { id } = await ben.api.createGroup('Friends', [anna.id]);
  await ben.api.send(id, 'hello');
  const open = async (person, size) => {
    const viewer = await Viewer.open(browser, stack, size);
    await viewer.signIn(person.user.handle);
    await viewer.openChat('Friends');
    await viewer.message('hello').waitFor();
    return viewer;
  };
  return { id, ben, annas: await open(anna, annasSize), bens: await open(ben, bensSize) };
}

const isOpenToAll = async (viewer, where) =>
  assert.deepEqual(await barriers(viewer.page), [], `${viewer.size} ${where}`);

const caption = (viewer) => viewer.field('Caption');

async function isShown(viewer, text) {
  const image = viewer.message(text).locator('img');
  await eventually(
    `${viewer.size} shows ${text}`,
    () => image.evaluate((element) => element.naturalWidth > 0).catch(() => false),
    { withinMs: SEEN_MS },
  );
}

const filesKept = (viewer) =>
  viewer.page.evaluate(async () => {
    const { name } = (await indexedDB.databases()).find((one) => one.name.includes(':'));
    return new Promise((resolve) => {
      indexedDB.open(name).onsuccess = ({ target: { result: db } }) => {
        db.transaction('files').objectStore('files').count().onsuccess = ({ target }) => {
          db.close();
          resolve(target.result);
        };
      };
    });
  });

for (const [annasSize, bensSize] of [
  ['desktop', 'phone'],
  ['phone', 'desktop'],
]) {
  test(`two pictures with captions and a document go from a ${annasSize} to a ${bensSize}`, async () => {
    const { annas, bens } = await gather(annasSize, bensSize);
    await annas.field('Message').fill('the first one');
    await choose(annas, 'media', picture('one.png'), picture('two.png', 480, 640));
    await annas.page.getByRole('dialog', { name: '2 files' }).waitFor();
    assert.equal(await caption(annas).inputValue(), 'the first one');
    await annas.button('two.png').click();
    await caption(annas).fill('the second one');
    await isOpenToAll(annas, 'about to send files');
    await annas.button('Send 2 files').click();
    assert.equal(await annas.field('Message').inputValue(), '');
    for (const viewer of [annas, bens]) {
      await isShown(viewer, 'the first one');
      await isShown(viewer, 'the second one');
      await isOpenToAll(viewer, 'with pictures');
    }

    // Shown large, with the others beside it.
    await bens.message('the second one').getByRole('button', { name: 'Show the photo' }).click();
    const large = bens.page.getByRole('dialog');
    await large.getByText('the second one').waitFor();
    await isOpenToAll(bens, 'with a picture shown large');
    await bens.page.keyboard.press('ArrowLeft');
    await large.getByText('the first one').waitFor();
    const [saved] = await Promise.all([
      bens.page.waitForEvent('download'),
      bens.button('Save the picture').click(),
    ]);
    assert.equal(saved.suggestedFilename(), 'one.png');
    await bens.page.keyboard.press('Escape');
    await large.waitFor({ state: 'detached' });

    const report = pdf('report.pdf');
    await choose(annas, 'file', report);
    await annas.button('Send 1 file').click();
    const tile = bens.message('report.pdf');
    await tile.waitFor();
    await isOpenToAll(bens, 'with a file');
    const [download] = await Promise.all([
      bens.page.waitForEvent('download'),
      tile.getByRole('button', { name: 'Save' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'report.pdf');
    assert.ok(report.buffer.equals(await readFile(await download.path())));
    await annas.messageThatIs('read', 'report.pdf').waitFor();
    assert.equal(await filesKept(annas), 0);
    const order = (await messagesInView(bens.page)).map(({ seq }) => seq);
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );

    // What is deleted for everyone is on nobody's device.
    assert.match(await bens.stored(), /one\.png/);
    await annas.openMessageMenu('the first one');
    await annas.confirm('Delete');
    await annas.confirm('Delete for everyone');
    await bens.message('deleted').waitFor();
    await eventually(
      'nothing of it is stored',
      async () => !(await bens.stored()).includes('one.png'),
      {
        withinMs: SEEN_MS,
      },
    );
    for (const viewer of [annas, bens]) {
      assert.deepEqual(viewer.complaints, []);
      await viewer.close();
    }
  });
}

test('files wait for the network, over a reload, in order with what else was written, and are taken back', async () => {
  const { annas, bens } = await gather('desktop', 'phone');
  const back = await annas.cutOff();
  await choose(annas, 'media', picture('sea.png'));
  await caption(annas).fill('from the sea');
  await annas.button('Send 1 file').click();
  await annas.messageThatIs('queued', 'from the sea').waitFor();
  await annas.send('and these words');
  await choose(annas, 'file', pdf('never.pdf'));
  await annas.button('Send 1 file').click();
  await annas.message('never.pdf').getByRole('button', { name: 'Stop sending' }).click();
  await annas.message('never.pdf').waitFor({ state: 'detached' });
  await eventually('one file is kept', async () => (await filesKept(annas)) === 1, {
    withinMs: SEEN_MS,
  });

  await annas.page.reload();
  await annas.messageThatIs('queued', 'from the sea').waitFor();
  await isShown(annas, 'from the sea');
  await back();
  await annas.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await isShown(bens, 'from the sea');
  await bens.message('and these words').waitFor();
  assert.deepEqual((await bens.texts()).slice(-2), ['from the sea', 'and these words']);
  await eventually('nothing is kept', async () => (await filesKept(annas)) === 0, {
    withinMs: SEEN_MS,
  });
  assert.deepEqual(annas.complaints, []);
  await Promise.all([annas.close(), bens.close()]);
});
