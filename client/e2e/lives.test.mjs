/** What becomes of messages after they were sent: answered, edited and deleted, on every device. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
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

/** Opens what can be done with a message, and does it. */
async function act(viewer, text, ...actions) {
  await viewer.openMessageMenu(text);
  for (const action of actions) {
    assert.deepEqual(await barriers(viewer.page), [], `${viewer.name} before ${action}`);
    await viewer.confirm(action);
  }
}

/** Somebody's device with the chat open. */
async function device(name, person, size) {
  const viewer = await Viewer.open(browser, stack, size);
  await viewer.signIn(person.user.handle);
  viewer.name = name;
  await viewer.openChat('Friends');
  await viewer.message('shall we?').first().waitFor();
  return viewer;
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
  const phone = await device('phone', anna, 'phone');
  const desktop = await device('desktop', anna, 'desktop');
  const bens = await device('ben', ben, 'desktop');
  const devices = [phone, desktop, bens];

  await act(phone, 'shall we?', 'Reply');
  assert.deepEqual(await barriers(phone.page), [], 'while answering');
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

  // Ben has it on another device, too, which hears of nothing from here on.
  const tablet = await device('tablet', ben, 'phone');
  await eventually('the tablet keeps it', async () => {
    const kept = await tablet.stored();
    return kept.includes(`${marker} two`) && kept.includes('"yes"');
  });
  await tablet.page.close();

  await act(bens, 'yes', 'Delete', 'Delete for me');
  await agree([bens], ['shall we?', `${marker} two`]);
  await act(phone, `${marker} two`, 'Delete', 'Delete for everyone');
  const own = 'You deleted this message';
  await agree([phone, desktop], ['shall we?', 'yes', own]);
  await agree([bens], ['shall we?', 'This message was deleted']);
  for (const viewer of devices) {
    assert.deepEqual(await barriers(viewer.page), [], `${viewer.name} after the deletions`);
  }
  const awake = await tablet.newTab(`/chats/${id}`);
  await agree([awake], ['shall we?', 'This message was deleted']);
  await eventually('nothing is left on the tablet', async () => {
    const kept = await awake.stored();
    return kept.includes('shall we?') && !kept.includes(marker) && !kept.includes('"yes"');
  });
  devices.push(awake);

  for (const viewer of devices) {
    await eventually(`nothing is left on ${viewer.name}`, async () => {
      const kept = await viewer.stored();
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
