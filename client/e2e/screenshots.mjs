/** Takes the pictures in docs/screenshots from the demo, at phone and desktop size, light and dark. */
import { setTimeout as delay } from 'node:timers/promises';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Load } from './lib/load.mjs';
import { Operator } from './lib/operator.mjs';
import { Person } from './lib/person.mjs';
import { group } from './lib/scenes.mjs';
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
  // Fonts and pictures are there, and nothing moves any more.
  await viewer.page.evaluate(async () => {
    await document.fonts.ready;
    await Promise.all(document.getAnimations().map((animation) => animation.finished));
  });
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
  await pictureDashboards(browser, stack);
} finally {
  await browser.close();
  await stack.stop();
}
