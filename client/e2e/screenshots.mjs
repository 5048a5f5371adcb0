/** Takes the pictures in docs/screenshots from the demo, at phone and desktop size, light and dark. */
import { setTimeout as delay } from 'node:timers/promises';

import { Api } from './lib/api.mjs';
import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Load } from './lib/load.mjs';
import { Operator } from './lib/operator.mjs';
import { Person } from './lib/person.mjs';
import { group } from './lib/scenes.mjs';
import { stillness } from './lib/screen.mjs';
import { SCREENSHOTS, Stack } from './lib/stack.mjs';

const PASSWORD = 'rookery-demo';
/** Long enough for the charts to have something to show. */
const LOAD_MS = 60_000;

async function demoPerson(browser, stack, size, handle, colorScheme) {
  const viewer = await Viewer.open(browser, stack, size, { colorScheme });
  await viewer.signIn(handle, PASSWORD);
  return viewer;
}

async function picture(viewer, name) {
  await stillness(viewer.page);
  await viewer.screenshot(SCREENSHOTS, name);
}

/** Three groups in which everybody writes; returns what ends it. */
async function underLoad(stack) {
  const crowd = await Person.crowd(stack, ['anna', 'ben', 'carla', 'dora', 'emil', 'frida']);
  await Promise.all(crowd.map((person) => person.connect()));
  const groups = [crowd, crowd.slice(0, 4), crowd.slice(2)];
  const load = new Load();
  const stops = [];
  for (const [at, members] of groups.entries()) {
    const id = await group(...members);
    await Promise.all(members.map((person) => person.subscribe(id)));
    stops.push(load.chat(id, members, 150 * (at + 1)));
  }
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
    crowd.forEach((person) => person.disconnect());
  };
}

/** The operator's page after a minute of load, in every size and both themes at once. */
async function pictureDashboards(browser, stack) {
  const stop = await underLoad(stack);
  const scenes = ['phone', 'desktop'].flatMap((size) =>
    ['light', 'dark'].map((scheme) => ({ size, scheme })),
  );
  const operators = await Promise.all(
    scenes.map(async ({ size, scheme }) => {
      const operator = await Operator.open(browser, stack, size, { colorScheme: scheme });
      await operator.enterKey(stack.dashboardKey);
      await operator.streamIs('live');
      return operator;
    }),
  );
  await delay(LOAD_MS);
  for (const [at, { size, scheme }] of scenes.entries()) {
    await operators[at].viewer.screenshot(SCREENSHOTS, `${size}-${scheme}-admin`);
  }
  await Promise.all(operators.map((operator) => operator.viewer.close()));
  await stop();
}

/** Who writes to Ada without having met her, in a script of each direction. */
const STRANGERS = {
  ltr: { name: 'Emmy Noether', text: 'I have a proof for you: https://example.org/rings' },
  rtl: { name: 'مريم ميرزاخاني', text: 'لدي برهان لك: https://example.org/rings' },
};

/** Strangers who write to Ada and ask her back to groups, one whom she has asked, one whom she blocks. */
async function makeRequests(stack) {
  const ada = new Api(stack.publicUrl);
  const { id } = await ada.enter('login', { handle: 'ada', password: PASSWORD });
  for (const { name, text } of Object.values(STRANGERS)) {
    const stranger = await Person.register(stack, 'stranger', name);
    const chat = await stranger.api.createDirect(id);
    await stranger.api.send(chat.id, text);
    const group = await stranger.api.createGroup(`${name} & co.`, [id]);
    await ada.delete(`/conversations/${group.id}/members/${id}`);
    await stranger.api.post(`/conversations/${group.id}/members`, { user_id: id });
  }
  const asked = await Person.register(stack, 'asked', 'Sophie Germain');
  const own = await ada.createDirect(asked.id);
  await ada.send(own.id, 'May I ask you something?');
  const blocked = await Person.register(stack, 'blocked', 'Spam Sender');
  await ada.call('PUT', `/users/me/blocks/${blocked.id}`);
}

/** First contact, roles and blocks, from either side of the page. */
async function pictureContacts(browser, stack) {
  await makeRequests(stack);
  // Each size, theme and direction once.
  const scenes = [
    { size: 'phone', scheme: 'light', dir: 'ltr' },
    { size: 'desktop', scheme: 'dark', dir: 'rtl' },
  ];
  for (const { size, scheme, dir } of scenes) {
    const ada = await demoPerson(browser, stack, size, 'ada', scheme);
    const { name } = STRANGERS[dir];
    const take = (what) => picture(ada, `${size}-${dir === 'rtl' ? dir : scheme}-${what}`);
    const at = (path) => ada.page.goto(path);
    const atInfo = () => at(`${ada.page.url()}/info`);
    await at('/settings');
    await ada.page.getByRole('combobox').selectOption(dir === 'rtl' ? 'ar' : 'en');
    await ada.page.locator(`html[dir="${dir}"]`).waitFor();
    await at('/requests');
    await ada.row(name).first().waitFor();
    await take('requests');
    await ada.row(name).filter({ hasText: 'example.org' }).click();
    await ada.page.getByTestId('request-bar').waitFor();
    await take('request');
    await at('/requests');
    await ada.row('& co.').filter({ hasText: name }).click();
    await ada.page.getByTestId('group-request').waitFor();
    await take('group-request');
    await at('/');
    await ada.row('Sophie Germain').click();
    await ada.page.getByTestId('own-request-bar').waitFor();
    await take('own-request');
    await atInfo();
    await ada.page.getByText('@asked').last().waitFor();
    await take('contact-info');
    await at('/');
    await ada.row('Weekend hike').click();
    await ada.page.getByTestId('chat-subtitle').waitFor();
    await atInfo();
    await ada.page.getByTestId('member').nth(1).getByRole('button').click();
    await ada.page.getByRole('dialog').waitFor();
    await take('member');
    await at('/settings');
    await ada.page.getByRole('combobox').waitFor();
    await take('settings');
    await at('/settings/blocked');
    await ada.page.getByTestId('blocked').waitFor();
    await take('blocked');
    await ada.close();
  }
}

/** What becomes of messages: answered, edited, deleted, and what can be done with them. */
async function pictureLives(browser, stack) {
  const grace = new Api(stack.publicUrl);
  await grace.enter('login', { handle: 'grace', password: PASSWORD });
  const ada = new Api(stack.publicUrl);
  const { id: adaId } = await ada.enter('login', { handle: 'ada', password: PASSWORD });
  const { id } = await grace.createGroup('Compiler club', [adaId]);
  const text = 'The library opens at nine. Shall we meet at the door?';
  const question = await grace.send(id, text);
  const edited = await ada.send(id, 'Yes, at nine');
  await ada.call('PATCH', `/conversations/${id}/messages/${edited.id}`, {
    client_op_id: crypto.randomUUID(),
    text: 'Yes, at half past nine',
  });
  await ada.post(`/conversations/${id}/messages`, {
    client_msg_id: crypto.randomUUID(),
    text: 'I bring the coffee',
    reply_to: question.id,
  });
  const slip = await grace.send(id, 'Wrong chat');
  await grace.delete(`/conversations/${id}/messages/${slip.id}?for=everyone`);
  await grace.send(id, 'Then I bring the cards');
  const scenes = [
    { size: 'phone', scheme: 'light', dir: 'ltr' },
    { size: 'desktop', scheme: 'dark', dir: 'rtl' },
  ];
  for (const { size, scheme, dir } of scenes) {
    const viewer = await demoPerson(browser, stack, size, 'ada', scheme);
    const take = (what) => picture(viewer, `${size}-${dir === 'rtl' ? dir : scheme}-${what}`);
    await viewer.page.goto('/settings');
    await viewer.page.getByRole('combobox').selectOption(dir === 'rtl' ? 'ar' : 'en');
    await viewer.page.locator(`html[dir="${dir}"]`).waitFor();
    await viewer.page.goto(`/chats/${id}`);
    await viewer.message('cards').waitFor();
    await viewer.openMessageMenu('cards');
    await take('message-menu');
    await viewer.page.getByRole('dialog').getByRole('button').first().click();
    await viewer.page.getByTestId('composer-bar').waitFor();
    await take('reply');
    await viewer.close();
  }
}

const stack = await Stack.start({ demo: true });
const browser = await launchBrowser();
try {
  const grace = await demoPerson(browser, stack, 'desktop', 'grace', 'light');
  await grace.openChat('Ada Lovelace');
  for (const scheme of ['light', 'dark']) {
    const entrance = await Viewer.open(browser, stack, 'phone', { colorScheme: scheme });
    await entrance.button('Sign in').waitFor();
    await picture(entrance, `phone-${scheme}-sign-in`);
    await entrance.signIn('ada', PASSWORD);
    await picture(entrance, `phone-${scheme}-chats`);
    await entrance.openChat('Weekend hike');
    await picture(entrance, `phone-${scheme}-chat`);
    await entrance.openInfo();
    await entrance.button('Leave group').waitFor();
    await picture(entrance, `phone-${scheme}-info`);

    const ada = await demoPerson(browser, stack, 'desktop', 'ada', scheme);
    await ada.openChat('Grace Hopper');
    const isTyping = async () => {
      await grace.field('Message').pressSequentially('…');
      return /typing/.test(await ada.subtitle().innerText());
    };
    await eventually('typing', isTyping, { withinMs: 15_000, everyMs: 500 });
    await picture(ada, `desktop-${scheme}-chat`);
    await ada.button('New chat').click();
    await ada.page.getByLabel('Search by handle').fill('ma');
    await ada.person('margaret').waitFor();
    await picture(ada, `desktop-${scheme}-new-chat`);
    await Promise.all([entrance.close(), ada.close()]);
    await grace.field('Message').fill('');
  }
  await pictureContacts(browser, stack);
  await pictureLives(browser, stack);
  await pictureDashboards(browser, stack);
} finally {
  await browser.close();
  await stack.stop();
}
