/** The app as a device has it: installed, opened without a network, shared with, and renewed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { picture } from './lib/pictures.mjs';
import { Stack } from './lib/stack.mjs';

let stack, browser, ben, anna;

before(async () => {
  stack = await Stack.start();
  browser = await launchBrowser();
  ben = await Viewer.open(browser, stack, 'desktop');
  await ben.register('Ben');
  anna = await Viewer.open(browser, stack, 'phone');
  await anna.register('Anna');
  await anna.startDirectChat(ben.handle);
  await anna.send('hello');
  await ben.acceptRequest('Anna');
  await ben.send('welcome');
  await anna.message('welcome').waitFor();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

/** The worker is in charge, and keeps every screen. */
const isKept = () =>
  eventually('the app is kept', () =>
    anna.page.evaluate(async () => {
      const kept = await (await caches.open('rookery-shell')).keys();
      const has = (screen) => kept.some(({ url }) => url.includes(`/assets/${screen}-`));
      const all = ['Conversation', 'Share'].every(has);
      return navigator.serviceWorker.controller !== null && all;
    }),
  );

test('a browser finds all that it needs to install the app', async () => {
  const session = await anna.context.newCDPSession(anna.page);
  const { errors, data } = await session.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  assert.equal(JSON.parse(data).share_target.action, '/share');
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // A context of a test counts as a private window, in which nothing is installed.
  const others = installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito');
  assert.deepEqual(others, []);
});

test('it opens without a network, shows what it knows, and sends later what is written', async () => {
  await isKept();
  await eventually('it is stored', async () => (await anna.stored()).includes('welcome'));
  await anna.context.setOffline(true);
  await anna.page.goto('/');
  await anna.openChat('Ben');
  await anna.message('welcome').waitFor();
  await anna.send('from the tunnel');
  await anna.messageThatIs('queued', 'from the tunnel').waitFor();
  await anna.context.setOffline(false);
  await ben.message('from the tunnel').waitFor();
});

/** What the system does when somebody shares something with the installed app. */
async function share(viewer, words, files = []) {
  await viewer.page.goto('/');
  await viewer.isOnline();
  await viewer.page.evaluate(
    async ({ words: texts, files: kept }) => {
      const form = document.createElement('form');
      Object.assign(form, { method: 'POST', action: '/share', enctype: 'multipart/form-data' });
      for (const [name, value] of Object.entries(texts)) {
        form.append(Object.assign(document.createElement('input'), { name, value }));
      }
      const field = Object.assign(document.createElement('input'), { type: 'file', name: 'files' });
      field.multiple = true;
      const chosen = new DataTransfer();
      for (const { name, mimeType, base64 } of kept) {
        const bytes = Uint8Array.from(atob(base64), (one) => one.codePointAt(0));
        chosen.items.add(new File([bytes], name, { type: mimeType }));
      }
      field.files = chosen.files;
      form.append(field);
      document.body.append(form);
      form.submit();
    },
    {
      words,
      files: files.map(({ buffer, ...file }) => ({ ...file, base64: buffer.toString('base64') })),
    },
  );
  await viewer.page.getByRole('heading', { name: 'Share with' }).waitFor();
}

const choose = () => anna.page.getByTestId('chat-choice').filter({ hasText: 'Ben' }).click();

test('what another app shares goes to the chat that is chosen, after a look at it', async () => {
  await isKept();
  await share(anna, { title: 'Nests', text: 'high up', url: 'https://rooks.test/' });
  await choose();
  assert.equal(await anna.field('Message').inputValue(), 'Nests\nhigh up\nhttps://rooks.test/');
  await anna.button('Send').click();
  await ben.message('high up').waitFor();

  await share(anna, { text: 'our nest' }, [picture('nest.png')]);
  await choose();
  await anna.page.getByRole('dialog', { name: '1 file' }).waitFor();
  assert.equal(await anna.field('Caption').inputValue(), 'our nest');
  await anna.button('Send 1 file').click();
  const image = ben.message('our nest').locator('img');
  await eventually('Ben sees it', () => image.evaluate((shown) => shown.naturalWidth > 0));
  // It was taken: it does not come again.
  await anna.page.reload();
  await anna.message('our nest').waitFor();
  assert.equal(await anna.page.getByRole('dialog').count(), 0);
});

test('nobody finds what somebody else shared before they signed out', async () => {
  await isKept();
  await share(anna, {}, [picture('secret.png')]);
  await anna.logOut();
  await anna.page.getByRole('button', { name: 'Sign in' }).waitFor();
  const left = () =>
    anna.page.evaluate(async () => (await caches.keys()).includes('rookery-shared'));
  await eventually('it is gone', async () => !(await left()));
  await anna.signIn(anna.handle);
});

test('whoever comes back to a page is offered the newer one, and gets it', async () => {
  const notice = anna.page.getByTestId('newer-page');
  const turnTo = () =>
    anna.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  let asked = 0;
  await anna.page.route(`${stack.publicUrl}/`, async (route) => {
    asked += 1;
    const response = await route.fetch();
    const page = await response.text();
    await route.fulfill({ response, body: page.replace(/(src="\/assets\/base)-/, '$1-newer-') });
  });
  await turnTo();
  await notice.waitFor();
  assert.equal(asked, 1);
  await anna.page.unroute(`${stack.publicUrl}/`);
  await notice.getByRole('button').click();
  await notice.waitFor({ state: 'detached' });
  await anna.isOnline();
  // Nothing is newer than what it has now.
  await Promise.all([anna.page.waitForResponse(`${stack.publicUrl}/`), turnTo()]);
  assert.equal(await notice.count(), 0);
});

test('nobody complained', () => {
  for (const viewer of [anna, ben]) assert.deepEqual(viewer.complaints, [], viewer.name);
});
