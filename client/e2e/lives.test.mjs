/** What becomes of messages after they were sent: answered, edited and deleted, on every device. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
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

/** Everything that the page's browser has stored, as text. */
const stored = (viewer) =>
  viewer.page.evaluate(async () => {
    const opened = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const all = [];
    for (const { name } of await indexedDB.databases()) {
      const db = await opened(indexedDB.open(name));
      for (const store of db.objectStoreNames) {
        all.push(await opened(db.transaction(store).objectStore(store).getAll()));
      }
      db.close();
    }
    return JSON.stringify(all);
  });

/** Opens what can be done with a message, and does it. */
async function act(viewer, text, ...actions) {
  const message = viewer.message(text).last();
  if (viewer.size === 'phone') {
    await message.dispatchEvent('contextmenu');
  } else {
    await message.hover();
    await message.getByRole('button', { name: 'Message options' }).click();
  }
  for (const action of actions) await viewer.confirm(action);
}

async function agree(viewers, expected) {
  for (const viewer of viewers) {
    let shown;
    const same = async () => {
      shown = (await viewer.texts()).map((text) => text.trim());
      return JSON.stringify(shown) === JSON.stringify(expected);
    };
    await eventually(`${viewer.name} sees ${expected}`, same, { withinMs: SEEN_MS }).catch(() =>
      assert.deepEqual(shown, expected, viewer.name),
    );
  }
}

test('two people on three devices answer, edit and delete, offline and back, and agree', async () => {
  const marker = `marker${randomBytes(6).toString('hex')}`;
  const [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  const { id } = await ben.api.createGroup('Friends', [anna.id]);
  await ben.api.send(id, 'shall we?');
  const devices = [];
  for (const [name, person, size] of [
    ['phone', anna, 'phone'],
    ['desktop', anna, 'desktop'],
    ['ben', ben, 'desktop'],
  ]) {
    const viewer = await Viewer.open(browser, stack, size);
    await viewer.signIn(person.user.handle);
    viewer.name = name;
    await viewer.openChat('Friends');
    await viewer.message('shall we?').waitFor();
    devices.push(viewer);
  }
  const [phone, desktop, bens] = devices;

  await act(phone, 'shall we?', 'Reply');
  await phone.send('yes');
  await phone.messageThatIs('read', 'yes').waitFor();
  for (const viewer of devices) {
    const quote = viewer.message('yes').last().getByTestId('quote');
    await quote.filter({ hasText: 'shall we?' }).waitFor();
  }

  await desktop.send(`${marker} one`);
  await bens.message(`${marker} one`).waitFor();
  const back = await desktop.cutOff();
  await act(desktop, `${marker} one`, 'Edit');
  await desktop.field('Message').fill(`${marker} two`);
  await desktop.page.keyboard.press('Enter');
  await desktop.messageThatIs('queued', `${marker} two`).waitFor();
  assert.equal(await bens.message(`${marker} two`).count(), 0);
  await back();
  await agree(devices, ['shall we?', 'yes', `${marker} two`]);
  await bens.message('Edited').waitFor();

  await act(bens, 'yes', 'Delete', 'Delete for me');
  await agree([bens], ['shall we?', `${marker} two`]);
  await act(phone, `${marker} two`, 'Delete', 'Delete for everyone');
  const own = 'You deleted this message';
  await agree([phone, desktop], ['shall we?', 'yes', own]);
  await agree([bens], ['shall we?', 'This message was deleted']);

  for (const viewer of devices) {
    await eventually(`nothing is left on ${viewer.name}`, async () => {
      const kept = await stored(viewer);
      return kept.includes('shall we?') && !kept.includes(marker);
    });
    await viewer.page.reload();
    await viewer.message('shall we?').first().waitFor();
  }
  await agree([phone, desktop], ['shall we?', 'yes', own]);
  await agree([bens], ['shall we?', 'This message was deleted']);
  for (const path of [
    '/conversations',
    `/conversations/${id}`,
    `/conversations/${id}/messages`,
    `/conversations/${id}/changes?after_offset=0`,
  ]) {
    for (const person of [anna, ben]) {
      const answer = JSON.stringify(await person.api.get(path));
      assert.ok(!answer.includes(marker), path);
    }
  }
  for (const viewer of devices) {
    assert.deepEqual(viewer.complaints, [], viewer.name);
    await viewer.close();
  }
});
