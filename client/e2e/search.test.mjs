/** Messages are found by their words, wherever they are, and only by who may read them. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { barriers } from './lib/screen.mjs';
import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { befriend } from './lib/scenes.mjs';
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

const found = (viewer) => viewer.page.getByTestId('found');

async function finds(viewer, field, text, count) {
  await viewer.page.getByLabel(field).fill(text);
  const what = `${viewer.size} finds ${count} by ${text}`;
  await eventually(what, async () => (await found(viewer).count()) === count, {
    withinMs: SEEN_MS,
  });
}

for (const size of ['phone', 'desktop']) {
  test(`a message from long ago is found by the beginning of a word, and what is gone is not (${size})`, async () => {
    const [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
    const direct = await befriend(anna, ben);
    const { id } = await anna.api.createGroup('Rooks', [ben.id]);
    await ben.api.send(id, 'Grüße aus dem *Krähennest*');
    const edited = await ben.api.send(id, 'the kraken sleeps');
    const deleted = await ben.api.send(id, 'the kraken wakes');
    const lines = Array.from({ length: 150 }, (_, n) => `line ${n}`);
    for (const line of lines) await ben.api.send(id, line);
    await anna.api.send(direct.id, 'about a kraft');
    const change = { client_op_id: randomUUID(), text: 'it slept' };
    await ben.api.call('PATCH', `/conversations/${id}/messages/${edited.id}`, change);
    await ben.api.call('DELETE', `/conversations/${id}/messages/${deleted.id}?for=everyone`);

    const viewer = await Viewer.open(browser, stack, size);
    await viewer.signIn(anna.user.handle);
    await finds(viewer, 'Search chats', 'kra', 2);
    assert.deepEqual(await viewer.page.locator('mark').allInnerTexts(), ['kraft', 'Krähennest']);
    assert.deepEqual(await barriers(viewer.page), [], `${size}: found`);
    await finds(viewer, 'Search chats', 'kraken', 0);
    await viewer.page.getByText('No messages found').waitFor();
    await finds(viewer, 'Search chats', 'krahennest gruesse', 1);
    await found(viewer).click();
    const message = viewer.message('Krähennest');
    await message.waitFor();
    await eventually('it is in sight', () =>
      message.evaluate((element) => {
        const { top, bottom } = element.getBoundingClientRect();
        return top >= 0 && bottom <= window.innerHeight;
      }),
    );

    // In one chat, of one person alone.
    await viewer.page.goto(`/chats/${id}`);
    await viewer.button('More').click();
    await viewer.page.getByRole('menuitem', { name: 'Search messages' }).click();
    await finds(viewer, 'Words of the message', 'kra', 1);
    await viewer.page.getByLabel('From').selectOption('You');
    await viewer.page.getByText('No messages found').waitFor();
    await viewer.page.getByLabel('From').selectOption({ label: 'Anybody' });
    await eventually('found again', async () => (await found(viewer).count()) === 1);
    assert.deepEqual(await barriers(viewer.page), [], `${size}: found in a chat`);
    assert.deepEqual(viewer.complaints, []);
    await viewer.close();
  });
}
