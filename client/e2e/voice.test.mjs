/** Voice messages: recorded, heard before and after, held by a finger, and kept when their chat is left. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { barriers, sidewaysScrollers } from './lib/screen.mjs';
import { Stack } from './lib/stack.mjs';

const SEEN_MS = 30_000;

let stack, browser;

before(async () => {
  stack = await Stack.start();
  // A tone in the place of a microphone, which nobody has to allow.
  browser = await launchBrowser([
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    '--autoplay-policy=no-user-gesture-required',
  ]);
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

async function gather(annasSize, bensSize) {
  const [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  const { id } = await ben.api.createGroup('Choir', [anna.id]);
  await ben.api.send(id, 'hello');
  const open = async (person, size) => {
    const viewer = await Viewer.open(browser, stack, size);
    await viewer.signIn(person.user.handle);
    await viewer.openChat('Choir');
    await viewer.message('hello').waitFor();
    return viewer;
  };
  return { id, ben, annas: await open(anna, annasSize), bens: await open(ben, bensSize) };
}

const mic = (viewer) => viewer.button('Record a voice message');
const timer = (viewer) => viewer.page.getByRole('timer');

async function isWell(viewer, where) {
  assert.deepEqual(await barriers(viewer.page), [], `${viewer.size} ${where}`);
  assert.deepEqual(await sidewaysScrollers(viewer.page), [], `${viewer.size} ${where}`);
}

/** What waits in the composer, to be heard. */
const said = (viewer) =>
  viewer.page.getByRole('group', { name: 'Voice message' }).getByRole('button', { name: 'Play' });

/** Waits until so many seconds were recorded. */
const spoken = (viewer, seconds) =>
  eventually(
    `${viewer.size} has recorded ${seconds} s`,
    async () => Number((await timer(viewer).innerText()).split(':')[1]) >= seconds,
    { withinMs: SEEN_MS },
  );

/** The voice messages of the open chat. */
const notes = (viewer) => viewer.page.locator('[data-testid="message"] .player');

/** Plays a note and waits until some of it was heard; answers what its element says. */
async function hear(viewer, note) {
  await note.getByRole('button', { name: 'Play' }).click();
  await eventually(
    `${viewer.size} hears it`,
    () => note.locator('audio').evaluate((audio) => audio.currentTime > 0),
    { withinMs: SEEN_MS },
  );
}

/** A finger on the microphone, which CDP moves as a hand would. */
async function finger(viewer) {
  const session = await viewer.context.newCDPSession(viewer.page);
  const { x, y, width, height } = await mic(viewer).boundingBox();
  const at = { x: x + width / 2, y: y + height / 2 };
  const touch = (type, points) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: points });
  await touch('touchStart', [at]);
  return {
    to: (dx, dy) => touch('touchMove', [{ x: at.x + dx, y: at.y + dy }]),
    up: () => touch('touchEnd', []),
  };
}

for (const [annasSize, bensSize] of [
  ['desktop', 'phone'],
  ['phone', 'desktop'],
]) {
  test(`a voice message is recorded on a ${annasSize}, heard before it is sent, and heard on a ${bensSize}`, async () => {
    const { id, ben, annas, bens } = await gather(annasSize, bensSize);
    await mic(annas).click();
    await spoken(annas, 2);
    await isWell(annas, 'recording');
    await annas.button('Pause the recording').click();
    await annas.button('Go on recording').waitFor();
    await said(annas).waitFor();
    const line = annas.page.getByRole('group', { name: 'Voice message' });
    assert.match(await line.innerText(), /0:0[2-9]/);
    await isWell(annas, 'paused');
    await annas.button('Go on recording').click();
    await spoken(annas, 3);
    await annas.button('Send').click();
    await annas.field('Message').waitFor();

    const note = notes(bens).last();
    await note.waitFor();
    const { messages } = await ben.api.get(`/conversations/${id}/messages`);
    const message = messages.find(({ attachment }) => attachment);
    assert.equal(message.attachment.kind, 'voice');
    assert.equal(message.attachment.type, 'audio/webm');
    assert.ok(message.attachment.duration_ms >= 3_000 && message.attachment.duration_ms < 60_000);
    const { waveform } = message.attachment;
    assert.ok(waveform.length > 10 && waveform.length <= 64 && Math.max(...waveform) === 100);
    await hear(bens, note);
    await isWell(bens, 'hearing');
    // As fast as they like, and from where they like.
    const speed = note.getByRole('button', { name: /^Speed/ });
    await speed.click();
    await speed.click();
    const audio = note.locator('audio');
    assert.equal(await audio.evaluate((element) => element.playbackRate), 2);
    await note.getByRole('slider').fill('2.5');
    await eventually(
      'it plays from there',
      () => audio.evaluate((element) => element.currentTime >= 2.5 || element.ended),
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

test('a finger holds, slides and locks; a chat that is left keeps what was said, offline and over a reload', async () => {
  const { annas, bens } = await gather('phone', 'desktop');
  const cancelled = await finger(annas);
  await timer(annas).waitFor();
  await cancelled.to(-60, 0);
  await isWell(annas, 'held');
  await cancelled.to(-140, 0);
  await annas.field('Message').waitFor();
  await cancelled.up();

  const held = await finger(annas);
  await spoken(annas, 1);
  await held.up();
  await annas.field('Message').waitFor();
  await notes(bens).first().waitFor();

  const locked = await finger(annas);
  await timer(annas).waitFor();
  await locked.to(0, -100);
  await annas.button('Pause the recording').waitFor();
  await locked.up();
  await spoken(annas, 1);
  await annas.back();
  await annas.row('Choir').getByText('Draft:').waitFor();
  await annas.row('Choir').getByText('Voice message').waitFor();

  await annas.page.reload();
  await annas.isOnline();
  const back = await annas.cutOff();
  await annas.row('Choir').click();
  await said(annas).waitFor();
  await isWell(annas, 'with what waits');
  await annas.button('Send').click();
  await annas.field('Message').waitFor();
  await annas.page.locator('[data-testid="message"][data-status="queued"] .player').waitFor();
  await back();
  await annas.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await eventually('both notes are there', async () => (await notes(bens).count()) === 2, {
    withinMs: SEEN_MS,
  });
  for (const viewer of [annas, bens]) {
    assert.deepEqual(viewer.complaints, []);
    await viewer.close();
  }
});
