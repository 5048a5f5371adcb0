/** One browser, several tabs, and more than one person in front of it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Stack } from './lib/stack.mjs';

/** The client waits up to a second before its first try to come back. */
const BACK_MS = 15_000;

let stack, browser;
const viewers = [];

before(async () => {
  stack = await Stack.start();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

/** No worker of the app stands between a page and what a test does to its requests. */
const BARE = { serviceWorkers: 'block' };

async function register(name, options = BARE) {
  const viewer = await Viewer.open(browser, stack, 'desktop', options);
  viewers.push(viewer);
  await viewer.register(name);
  return viewer;
}

/** Another tab, at the form of somebody who is not signed in. */
async function tabOf(viewer, path) {
  const tab = await viewer.newTab(path);
  viewers.push(tab);
  return tab;
}

const shown = async (viewer) => (await viewer.texts()).map((text) => text.trim());

/** Who wrote a message, as its reader is told. */
const senderOf = (viewer, text) => viewer.message(text).locator('.bubble-sender').innerText();

async function seesOnly(viewer, lines) {
  await eventually(`${viewer.name} sees ${lines}`, async () => {
    assert.deepEqual(await shown(viewer), lines);
    return true;
  });
}

function nobodyComplains() {
  for (const viewer of viewers) assert.deepEqual(viewer.complaints, [], viewer.name);
}

/** Anna and Cora use one browser, Ben another; all three are in a group with one message. */
async function sharedBrowser() {
  const ben = await register('Ben');
  const anna = await register('Anna');
  await anna.logOut();
  await anna.page.goto('/login');
  const cora = await tabOf(anna, '/login');
  await cora.register('Cora');
  await cora.logOut();
  await ben.createGroup('Hike', [anna.handle, cora.handle]);
  await ben.send('who comes?');
  return { anna, ben, cora };
}

test('what one person wrote goes out in nobody else’s name', async () => {
  const { anna, ben, cora } = await sharedBrowser();
  await cora.page.goto('/login');
  await cora.signIn(cora.handle);
  await cora.openChat('Hike');
  await cora.message('who comes?').waitFor();
  await cora.cutOff();
  await cora.send('it is me, Cora');
  await cora.messageThatIs('queued', 'it is me').waitFor();

  // Anna signs in in the other tab: the browser is hers from now on.
  await anna.signIn(anna.handle);
  await cora.page.close();
  const second = await tabOf(anna, '/');
  await second.isOnline();
  await anna.page.reload();
  await anna.isOnline();
  for (const tab of [anna, second]) {
    await tab.openChat('Hike');
    await tab.message('who comes?').waitFor();
    assert.equal(await tab.message('it is me').count(), 0);
  }
  await anna.send('Anna here');
  await seesOnly(ben, ['who comes?', 'Anna here']);

  await anna.logOut();
  await anna.signIn(cora.handle);
  await ben.message('it is me').waitFor({ timeout: BACK_MS });
  assert.equal(await senderOf(ben, 'it is me'), 'Cora');
  await seesOnly(ben, ['who comes?', 'Anna here', 'it is me, Cora']);
  nobodyComplains();
});

test('a session that ends by itself loses no word, and says so', async () => {
  const ben = await register('Ben');
  const anna = await register('Anna');
  await anna.startDirectChat(ben.handle);
  await anna.send('hello');
  await ben.acceptRequest('Anna');
  await ben.message('hello').waitFor();
  await anna.context.route('**/messages', (route) => route.abort());
  await anna.send('not sent yet');
  await anna.messageThatIs('queued', 'not sent yet').waitFor();
  const other = await tabOf(anna, '/');
  await other.isOnline();
  await anna.field('Message').fill('half a thought');
  await other.row('half a thought').waitFor();
  await anna.page.close();

  await other.context.clearCookies();
  await other.page.reload();
  const notice = other.page.getByTestId('left-work');
  await notice.waitFor();
  assert.match(await notice.innerText(), /signed out.*1 unsent message and 1 draft/s);
  assert.equal(await other.row('Ben').count(), 0);
  await other.context.unroute('**/messages');
  await other.page.reload();
  await notice.waitFor();

  await other.signIn(anna.handle);
  await ben.message('not sent yet').waitFor({ timeout: BACK_MS });
  await other.openChat('Ben');
  assert.equal(await other.field('Message').inputValue(), 'half a thought');
  assert.equal(await notice.count(), 0);
  await seesOnly(ben, ['hello', 'not sent yet']);
  nobodyComplains();
});

test('who signs out is asked about what was not sent, and then nothing of them stays', async () => {
  const ben = await register('Ben');
  const anna = await register('Anna');
  await anna.startDirectChat(ben.handle);
  await anna.send('hello');
  await ben.acceptRequest('Anna');
  await ben.message('hello').waitFor();
  const other = await tabOf(anna, '/');
  await other.isOnline();
  await other.openChat('Ben');
  await anna.page.route('**/messages', (route) => route.abort());
  await other.page.route('**/messages', (route) => route.abort());
  // Written in one tab, asked about in the other.
  await other.send('never mind');
  await anna.messageThatIs('queued', 'never mind').waitFor();
  await anna.page.getByRole('link', { name: 'Settings' }).click();
  await anna.button('Log out').click();
  await anna.page.getByText('This would be lost: 1 unsent message.').waitFor();
  await anna.button('Log out anyway').click();
  await anna.button('Sign in').waitFor();
  await other.button('Sign in').waitFor();
  await anna.page.unroute('**/messages');
  await other.page.unroute('**/messages');

  await anna.signIn(anna.handle);
  await anna.openChat('Ben');
  await anna.send('a new start');
  await ben.message('a new start').waitFor();
  await seesOnly(ben, ['hello', 'a new start']);
  assert.equal(await anna.field('Message').inputValue(), '');
  nobodyComplains();
});

test('two tabs share a draft, and neither keeps what the other has sent', async () => {
  const ben = await register('Ben');
  const anna = await register('Anna');
  await anna.startDirectChat(ben.handle);
  const other = await tabOf(anna, new URL(anna.page.url()).pathname);
  await other.isOnline();
  const draft = (tab) => tab.field('Message').inputValue();
  await anna.field('Message').fill('shall we');
  await eventually('in both', async () => (await draft(other)) === 'shall we');
  await other.field('Message').fill('shall we go?');
  await eventually('in both', async () => (await draft(anna)) === 'shall we go?');
  await anna.button('Send').click();
  await eventually('in neither', async () => (await draft(other)) === '');
  await ben.acceptRequest('Anna');
  await seesOnly(ben, ['shall we go?']);
  await Promise.all([anna, other].map((tab) => tab.page.reload()));
  for (const tab of [anna, other]) {
    await tab.message('shall we go?').waitFor();
    assert.equal(await draft(tab), '');
  }
  nobodyComplains();
});

test('a tab that sleeps through a sign-out harms nothing when it wakes', async () => {
  const ben = await register('Ben');
  const anna = await register('Anna', { serviceWorkers: 'allow' });
  await anna.startDirectChat(ben.handle);
  await anna.send('hello');
  await ben.acceptRequest('Anna');
  await ben.page.goto('/settings');
  const sleeper = await tabOf(anna, '/');
  await sleeper.isOnline();
  const wake = await sleeper.freeze();

  await anna.logOut();
  await anna.signIn(anna.handle);
  await anna.openChat('Ben');
  await anna.message('hello').waitFor();
  await anna.send('of the new session');
  await anna.messageThatIs('delivered', 'of the new session').waitFor();
  await wake();
  await sleeper.isOnline();
  await sleeper.row('of the new session').waitFor();
  // Still signed in, and still stored: the page comes back without a network.
  await anna.context.setOffline(true);
  await anna.page.reload().catch(() => undefined);
  await anna.message('of the new session').waitFor();
  await anna.context.setOffline(false);
  await anna.isOnline();
  nobodyComplains();
});
