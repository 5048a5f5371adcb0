/** What people write and are called, in any script, with any keyboard: nothing is cut, hidden or sent by mistake. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { coveredTexts, drawn, sidewaysScrollers } from './lib/screen.mjs';
import { Stack } from './lib/stack.mjs';

const SIZES = ['phone', 'desktop'];
/** Height of a row of the lists where the reader has not changed the font size. */
const ROW_PX = { phone: 72, desktop: 64 };

let stack, browser;

before(async () => {
  stack = await Stack.start();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

async function openAs(person, size, options) {
  const viewer = await Viewer.open(browser, stack, size, options);
  await viewer.signIn(person.user.handle);
  return viewer;
}

/** Anna, with a group of her and Ben open. */
async function inGroup(size, { title = 'Friends', names = ['anna', 'ben'] } = {}) {
  const [anna, ben, ...others] = await Person.crowd(stack, names);
  const members = [anna, ...others].map((person) => person.id);
  const { id } = await ben.api.createGroup(title, members);
  const viewer = await openAs(anna, size);
  await viewer.openChat(title);
  return { anna, ben, others, viewer, id };
}

/** The largest part of red, green and blue that is still dark, of 255. */
const DARK_MAX = 64;

/** The colour behind the page as red, green, blue and opacity, however the style sheet writes it. */
const ground = (page) =>
  page.evaluate(() => {
    const pixel = new OffscreenCanvas(1, 1).getContext('2d');
    pixel.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
    pixel.fillRect(0, 0, 1, 1);
    return [...pixel.getImageData(0, 0, 1, 1).data];
  });

const named = (displayName) => Person.register(stack, 'named', displayName);

for (const size of SIZES) {
  test(`the time never lies on the text, in any script (${size})`, async () => {
    const { viewer, ben, id } = await inGroup(size);
    const words = { latin: 'words', arabic: 'كلمات', hebrew: 'מילים', mixed: 'מילים words 12' };
    for (const word of Object.values(words)) {
      for (const count of [1, 3, 5, 6, 7, 8, 9, 10, 11, 14]) {
        await ben.api.send(id, Array(count).fill(word).join(' '));
        await viewer.send(Array(count).fill(word).join(' '));
      }
      await drawn(viewer.page);
      assert.deepEqual(await coveredTexts(viewer.page), []);
      assert.deepEqual(await sidewaysScrollers(viewer.page), []);
    }
    await viewer.close();
  });

  test(`a name of 64 letters scrolls nothing sideways (${size})`, async () => {
    const wide = await named('W'.repeat(64));
    const anna = await Person.register(stack, 'anna');
    const { id } = await wide.api.createGroup('W'.repeat(64), [anna.id]);
    await wide.api.send(id, 'hi');
    await wide.api.send(id, `https://example.org/${'w'.repeat(300)}`);
    const viewer = await openAs(anna, size);
    const nothing = async (where) =>
      assert.deepEqual(await sidewaysScrollers(viewer.page), [], where);
    await nothing('list');
    await viewer.openChat('WWW');
    await viewer.message('hi').waitFor();
    await nothing('chat');
    await viewer.openInfo();
    await viewer.button('Leave group').waitFor();
    await nothing('info');
    await viewer.member(wide.user.handle).getByRole('button').click();
    await nothing('sheet');
    await viewer.button('Cancel').click();
    await viewer.page.goto('/new/group');
    await viewer.page.getByLabel('Search by handle').fill(wide.user.handle);
    await viewer.person(wide.user.handle).click();
    await nothing('new group');
    await viewer.close();
  });

  test(`leaving a group ends at the list, and being removed says so (${size})`, async () => {
    const { viewer, ben, anna, id } = await inGroup(size);
    await viewer.openInfo();
    await viewer.button('Leave group').click();
    await viewer.button('Leave').click();
    await viewer.page.getByLabel('Search chats').waitFor();
    await eventually('gone', async () => (await viewer.row('Friends').count()) === 0);
    assert.equal(new URL(viewer.page.url()).pathname, '/');

    const { id: other } = await ben.api.createGroup('Others', [anna.id]);
    await viewer.openChat('Others');
    await viewer.openInfo();
    await viewer.button('Leave group').waitFor();
    await ben.api.delete(`/conversations/${other}/members/${anna.id}`);
    await viewer.page.getByText('This chat is not available').waitFor();
    if (size === 'phone') {
      await viewer.button('Back').click();
      await viewer.page.getByLabel('Search chats').waitFor();
    }
    assert.notEqual(other, id);
    assert.deepEqual(viewer.complaints, []);
    await viewer.close();
  });

  test(`indents and empty first lines are typed and sent as they are (${size})`, async () => {
    const { viewer, ben, id } = await inGroup(size);
    const field = viewer.field('Message');
    await field.focus();
    await viewer.page.keyboard.type('  ');
    assert.equal(await field.inputValue(), '  ');
    await viewer.page.keyboard.type('if it rains:');
    await viewer.page.keyboard.press('Shift+Enter');
    await viewer.page.keyboard.type('    stay in  ');
    await viewer.button('Send').click();
    await viewer.messageThatIs('sent', 'stay in').waitFor();
    const expected = '  if it rains:\n    stay in';
    const shown = await viewer
      .message('stay in')
      .locator('.bubble-text')
      .evaluate((e) => e.textContent);
    assert.equal(shown, expected);
    const { messages } = await ben.api.get(`/conversations/${id}/messages`);
    assert.equal(messages.at(-1).text, expected);

    await field.focus();
    await viewer.page.keyboard.press('Shift+Enter');
    assert.equal(await field.inputValue(), '\n');
    await viewer.close();
  });

  test(`links lead where they say (${size})`, async () => {
    const { viewer } = await inGroup(size);
    await viewer.send(
      'https://en.wikipedia.org/wiki/Rook_(bird), HTTPS://EXAMPLE.ORG or www.example.org',
    );
    await viewer.send('「https://example.org/a」。 ada@example.org https://аррӏе.com');
    await viewer.message('ada@').waitFor();
    const links = await viewer.page
      .getByTestId('message')
      .getByRole('link')
      .evaluateAll((all) => all.map((link) => [link.textContent, link.getAttribute('href')]));
    assert.deepEqual(links, [
      ['https://en.wikipedia.org/wiki/Rook_(bird)', 'https://en.wikipedia.org/wiki/Rook_(bird)'],
      ['HTTPS://EXAMPLE.ORG', 'HTTPS://EXAMPLE.ORG'],
      ['www.example.org', 'http://www.example.org'],
      ['https://example.org/a', 'https://example.org/a'],
      ['ada@example.org', 'mailto:ada@example.org'],
      ['https://xn--80ak6aa92e.com', 'https://аррӏе.com'],
    ]);
    await viewer.close();
  });

  test(`people are found by name without their accents, and told apart by handle (${size})`, async () => {
    const [anna, one, other] = [
      await Person.register(stack, 'anna'),
      await named('Jürgen Müller'),
      await named('Jurgen Müller'),
    ];
    await one.api.createGroup('Band', [anna.id, other.id]);
    const { id } = await anna.api.createDirect(one.id);
    await anna.api.send(id, 'hello');
    const viewer = await openAs(anna, size);
    await viewer.page.getByLabel('Search chats').fill('muller');
    const row = viewer.row('Jürgen Müller');
    await row.waitFor();
    await row.getByText(`@${one.user.handle}`).waitFor();
    await viewer.page.getByLabel('Search chats').fill('');
    await viewer.button('New chat').click();
    await viewer.page.getByLabel('Search by handle').fill('mueller');
    await viewer.person(other.user.handle).waitFor();
    await viewer.close();
  });

  test(`a dark theme is dark from the first frame (${size})`, async () => {
    const anna = await Person.register(stack, 'anna');
    // A service worker would answer before the route below can hold anything back.
    const viewer = await openAs(anna, size, { serviceWorkers: 'block' });
    await viewer.page.getByRole('link', { name: 'Settings' }).click();
    await viewer.page.getByLabel('Dark').check();
    const isDark = async () => {
      const [red, green, blue, alpha] = await ground(viewer.page);
      return alpha === 255 && Math.max(red, green, blue) < DARK_MAX;
    };
    await eventually('dark', isDark);
    // Nothing of the app runs yet: what is drawn now is the first frame.
    const held = [];
    await viewer.page.route('**/assets/*.js', (route) => held.push(route));
    await viewer.page.reload({ waitUntil: 'commit' });
    await eventually('the app is asked for', () => held.length > 0);
    await eventually('styles', async () => (await ground(viewer.page))[3] !== 0);
    assert.ok(await isDark(), String(await ground(viewer.page)));
    await Promise.all(held.map((route) => route.continue()));
    await viewer.page.unroute('**/assets/*.js');
    await viewer.page.getByLabel('Dark').waitFor();
    await viewer.close();
  });
}

test('keys of an input method are the input method’s', async () => {
  const { viewer, id } = await inGroup('desktop');
  const field = viewer.field('Message');
  await field.fill('にほん');
  const press = (init) =>
    field.dispatchEvent('keydown', { bubbles: true, cancelable: true, ...init });
  await press({ key: 'Escape', code: 'Escape', isComposing: true });
  await press({ key: 'Enter', code: 'Enter', isComposing: true });
  await press({ key: 'Enter', code: 'Enter', keyCode: 229 });
  await press({ key: 'Dead', code: 'KeyN', altKey: true });
  await drawn(viewer.page);
  assert.equal(new URL(viewer.page.url()).pathname, `/chats/${id}`);
  assert.equal(await field.inputValue(), 'にほん');
  assert.equal(await viewer.message('にほん').count(), 0);
  await viewer.page.keyboard.press('Enter');
  await viewer.message('にほん').waitFor();
  await viewer.page.keyboard.press('Alt+n');
  await viewer.page.getByLabel('Search by handle').waitFor();
  await viewer.close();
});

test('an Arabic page keeps its fields on the right and Latin lines in their order', async () => {
  const { viewer, ben, id } = await inGroup('phone');
  await ben.api.send(id, 'hello');
  await viewer.page.goto('/settings');
  await viewer.page.getByRole('combobox').selectOption('ar');
  await viewer.page.goto('/');
  const direction = () =>
    viewer.page.getByRole('textbox').evaluate((field) => getComputedStyle(field).direction);
  await viewer.row('Friends').filter({ hasText: 'hello' }).waitFor();
  assert.equal(await direction(), 'rtl');
  const [sender, text] = await viewer
    .row('Friends')
    .locator('.chat-row-sender, .chat-row-text bdi')
    .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().toJSON()));
  assert.ok(sender.right <= text.left, JSON.stringify({ sender, text }));
  await viewer.page.getByRole('textbox').fill('Friends');
  assert.equal(await direction(), 'ltr');
  await viewer.close();
});

test('the reader’s font size is respected', async () => {
  const large = await launchBrowser(['--blink-settings=defaultFontSize=24']);
  try {
    const [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
    const { id } = await ben.api.createGroup('Friends', [anna.id]);
    await ben.api.send(id, 'hello');
    for (const size of SIZES) {
      const viewer = await Viewer.open(large, stack, size);
      await viewer.signIn(anna.user.handle);
      const row = await viewer.row('Friends').evaluate((element) => ({
        height: element.getBoundingClientRect().height,
        needed: element.scrollHeight,
      }));
      assert.ok(
        row.height >= ROW_PX[size] * 1.5 - 1 && row.needed <= row.height + 1,
        JSON.stringify(row),
      );
      await viewer.openChat('Friends');
      const text = viewer.message('hello').locator('.bubble-text');
      assert.equal(await text.evaluate((element) => getComputedStyle(element).fontSize), '24px');
      assert.deepEqual(await sidewaysScrollers(viewer.page), []);
      await viewer.close();
    }
  } finally {
    await large.close();
  }
});
