/** Takes the pictures in docs/screenshots from the demo, at phone and desktop size, light and dark. */
import { fileURLToPath } from 'node:url';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Stack } from './lib/stack.mjs';

const FOLDER = fileURLToPath(new URL('../../docs/screenshots', import.meta.url));
const PASSWORD = 'rookery-demo';

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
  await viewer.screenshot(FOLDER, name);
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
} finally {
  await browser.close();
  await stack.stop();
}
