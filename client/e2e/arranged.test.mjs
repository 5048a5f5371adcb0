/** How people arrange their chats: for themselves alone, and on all their devices. */
import assert from 'node:assert/strict';
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

/** Anna with a phone and a dark desktop, and two groups in which Ben has written. */
async function gather() {
  const [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  const chats = {};
  for (const title of ['Friends', 'Family']) {
    chats[title] = (await ben.api.createGroup(title, [anna.id])).id;
    await ben.api.send(chats[title], `hello ${title}`);
  }
  const device = async (name, size, options) => {
    const viewer = await Viewer.open(browser, stack, size, options);
    await viewer.signIn(anna.user.handle);
    viewer.name = name;
    await viewer.row('Family').waitFor();
    return viewer;
  };
  const phone = await device('phone', 'phone');
  const desktop = await device('desktop', 'desktop', { colorScheme: 'dark' });
  return { chats, anna, ben, phone, desktop };
}

/** Opens what can be done with a chat, and does it. */
async function arrange(viewer, title, ...actions) {
  await viewer.openChatMenu(title);
  for (const action of actions) {
    assert.deepEqual(await barriers(viewer.page), [], `${viewer.name} before ${action}`);
    await viewer.confirm(action);
  }
}

const titles = (viewer) => viewer.page.locator('.chat-row-title').allInnerTexts();

/** Waits until the list has these chats, from the top. */
async function lists(viewer, expected) {
  let shown;
  const same = async () => {
    shown = await titles(viewer);
    return shown.join() === expected.join();
  };
  await eventually(`${viewer.name} lists ${expected}`, same, { withinMs: SEEN_MS }).catch(() =>
    assert.deepEqual(shown, expected, viewer.name),
  );
}

const mark = (viewer, title, name) => viewer.row(title).getByRole('img', { name });

async function finish(...devices) {
  for (const viewer of devices) {
    assert.deepEqual(viewer.complaints, [], viewer.name);
    await viewer.close();
  }
}

test('chats are pinned, muted, archived and marked on one device, offline too, and so on the other', async () => {
  const { chats, ben, phone, desktop } = await gather();
  await lists(phone, ['Family', 'Friends']);
  await arrange(phone, 'Friends', 'Pin chat');
  for (const viewer of [phone, desktop]) {
    await lists(viewer, ['Friends', 'Family']);
    await mark(viewer, 'Friends', 'Pinned').waitFor();
  }

  const back = await phone.cutOff();
  await arrange(phone, 'Family', 'Mute', '8 hours');
  await mark(phone, 'Family', 'Muted').waitFor();
  await arrange(phone, 'Friends', 'Mark as read');
  await arrange(phone, 'Friends', 'Mark as unread');
  await phone.row('Friends').getByTestId('unread-mark').waitFor();
  assert.equal(await mark(desktop, 'Family', 'Muted').count(), 0);
  await back();
  await mark(desktop, 'Family', 'Muted').waitFor();
  await desktop.row('Friends').getByTestId('unread-mark').waitFor();

  await arrange(desktop, 'Family', 'Archive');
  for (const viewer of [desktop, phone]) {
    await lists(viewer, ['Friends']);
    await viewer.page.getByTestId('archived-line').waitFor();
  }
  await ben.api.send(chats.Family, 'are you there?');
  await phone.page.getByTestId('archived-unread').waitFor();
  await lists(phone, ['Friends']);
  await phone.page.getByTestId('archived-line').click();
  await phone.row('Family').filter({ hasText: 'are you there?' }).waitFor();
  assert.deepEqual(await barriers(phone.page), [], 'archived chats');
  await arrange(phone, 'Family', 'Take out of the archive');
  await phone.button('Back').click();
  for (const viewer of [desktop, phone]) await lists(viewer, ['Friends', 'Family']);

  await desktop.openChat('Friends');
  for (const viewer of [desktop, phone]) {
    await viewer.row('Friends').getByTestId('unread-mark').waitFor({ state: 'detached' });
  }
  await phone.page.reload();
  await lists(phone, ['Friends', 'Family']);
  await mark(phone, 'Family', 'Muted').waitFor();
  await finish(phone, desktop);
});

test('a chat is cleared on all devices of one person and for nobody else', async () => {
  const { chats, ben, phone, desktop } = await gather();
  const SECRET = 'the wren sings at noon';
  await ben.api.send(chats.Friends, SECRET);
  for (const viewer of [phone, desktop]) {
    await viewer.openChat('Friends');
    await viewer.message(SECRET).waitFor();
  }
  await phone.back();
  await arrange(phone, 'Friends', 'Clear chat', 'Clear chat');
  await desktop.message(SECRET).waitFor({ state: 'detached' });
  for (const viewer of [phone, desktop]) {
    const gone = async () => !(await viewer.stored()).includes(SECRET);
    await eventually(`${viewer.name} has nothing of it`, gone, { withinMs: SEEN_MS });
  }
  const { messages } = await ben.api.get(`/conversations/${chats.Friends}/messages`);
  assert.equal(messages.at(-1).text, SECRET);
  await ben.api.send(chats.Friends, 'and a new day');
  await phone.openChat('Friends');
  for (const viewer of [phone, desktop]) await viewer.message('and a new day').waitFor();
  await phone.page.reload();
  await phone.message('and a new day').waitFor();
  assert.equal(await phone.page.getByTestId('message').count(), 1);
  await finish(phone, desktop);
});

test('a message that names its reader shows in a muted chat, and is gone to from the one before', async () => {
  const { chats, anna, ben, phone, desktop } = await gather();
  await arrange(phone, 'Friends', 'Mute', '8 hours');
  const names = (text) =>
    ben.api.post(`/conversations/${chats.Friends}/messages`, {
      client_msg_id: crypto.randomUUID(),
      text: `${text} @${anna.user.handle}`,
      mentions: [anna.id],
    });
  const chatter = async (word) => {
    for (let n = 1; n <= 25; n += 1) await ben.api.send(chats.Friends, `${word} ${n}`);
  };
  await chatter('before');
  await names('first');
  await chatter('between');
  await names('second');
  await chatter('after');
  for (const viewer of [phone, desktop]) await mark(viewer, 'Friends', 'Mentions you').waitFor();
  await phone.openChat('Friends');
  const next = phone.button('Go to the next message that mentions you');
  for (const text of ['first', 'second']) {
    await next.click();
    await phone.page.locator('.virtual-row-flashed').filter({ hasText: text }).waitFor();
  }
  assert.deepEqual(await barriers(phone.page), [], 'at a message that names its reader');
  await phone.button('Jump to the latest').click();
  await next.waitFor({ state: 'detached' });
  await mark(desktop, 'Friends', 'Mentions you').waitFor({ state: 'detached' });
  await finish(phone, desktop);
});

test('a chat with oneself is found first, and takes what one device writes for the other', async () => {
  const { anna, phone, desktop } = await gather();
  const title = `${anna.user.display_name} (You)`;
  await phone.button('New chat').click();
  await phone.page.getByTestId('person').first().filter({ hasText: title }).waitFor();
  assert.deepEqual(await barriers(phone.page), [], 'before a chat with oneself');
  await phone.page.getByTestId('person').first().click();
  await phone.subtitle().filter({ hasText: 'Message yourself' }).waitFor();
  const back = await phone.cutOff();
  await phone.send('buy milk');
  await phone.messageThatIs('queued', 'buy milk').waitFor();
  await back();
  await phone.messageThatIs('read', 'buy milk').waitFor();
  await desktop.row(title).filter({ hasText: 'buy milk' }).waitFor();
  assert.equal(await desktop.row(title).getByTestId('unread-badge').count(), 0);
  await desktop.openChat(title);
  await desktop.messageThatIs('read', 'buy milk').waitFor();
  await finish(phone, desktop);
});

test('messages of a chat are kept for a day, and are hidden then without a network', async () => {
  const { chats, ben, phone, desktop } = await gather();
  for (const viewer of [phone, desktop]) await viewer.openChat('Friends');
  await ben.api.put(`/conversations/${chats.Friends}/disappearing`, { seconds: 86_400 });
  await ben.api.send(chats.Friends, 'only for today');
  for (const viewer of [phone, desktop]) {
    await viewer.page.getByText('turned on disappearing messages').waitFor();
    await viewer.page.getByRole('img', { name: 'Disappearing messages: 24 hours' }).waitFor();
    await viewer.message('only for today').waitFor();
    assert.deepEqual(await barriers(viewer.page), [], viewer.name);
  }
  await phone.cutOff();
  await phone.page.clock.setFixedTime(Date.now() + 25 * 3_600_000);
  await phone.message('only for today').waitFor({ state: 'detached' });
  await phone.message('hello Friends').waitFor();
  assert.equal(await desktop.message('only for today').count(), 1);
  await phone.close();
  await finish(desktop);
});
