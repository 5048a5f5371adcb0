/** A message shows the page that it links to, which its writer has seen first. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { picture } from './lib/pictures.mjs';
import { barriers, sidewaysScrollers } from './lib/screen.mjs';
import { Stack } from './lib/stack.mjs';

const SEEN_MS = 20_000;

const PAGE = `<!doctype html><title>Mills of the north</title>
  <meta property="og:description" content="Where they stand, and who built them.">
  <meta property="og:site_name" content="Millers"><meta property="og:image" content="/mill.png">`;

let stack, browser, site;

before(async () => {
  const { buffer } = picture('mill.png', 640, 360);
  site = createServer((request, response) => {
    if (request.url === '/mill.png') response.setHeader('content-type', 'image/png').end(buffer);
    else response.setHeader('content-type', 'text/html').end(PAGE);
  });
  await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
  // The page is on loopback, where cores ask nothing by themselves.
  stack = await Stack.start({ env: { ROOKERY_CORE_WEB__ALLOW_PRIVATE_ADDRESSES: 'true' } });
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
  site?.close();
});

async function isWell(viewer, where) {
  assert.deepEqual(await barriers(viewer.page), [], `${viewer.size} ${where}`);
  assert.deepEqual(await sidewaysScrollers(viewer.page), [], `${viewer.size} ${where}`);
}

test('a page is seen before it goes along, by everybody after it, and by nobody once it is deleted', async () => {
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

  await annas.field('Message').fill(`look at http://127.0.0.1:${site.address().port}/`);
  await annas.page.getByTestId('composer-preview').getByText('Mills of the north').waitFor();
  await isWell(annas, 'with what goes along');
  await annas.field('Message').press('Enter');
  for (const viewer of [annas, bens]) {
    const card = viewer.page.getByTestId('link-preview');
    await card.getByText('Where they stand').waitFor();
    await eventually(
      `${viewer.size} shows the picture`,
      () => card.locator('img').evaluate(({ naturalWidth }) => naturalWidth > 0),
      { withinMs: SEEN_MS },
    );
    await isWell(viewer, 'with the page');
  }

  await annas.openMessageMenu('look at');
  await annas.button('Delete').click();
  await annas.button('Delete for everyone').click();
  await bens.page.getByTestId('link-preview').waitFor({ state: 'detached' });
  for (const viewer of [annas, bens]) {
    assert.deepEqual(viewer.complaints, []);
    await viewer.close();
  }
});
