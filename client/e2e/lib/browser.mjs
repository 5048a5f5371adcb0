import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { PASSWORD } from './person.mjs';

const EXECUTABLE = process.env.ROOKERY_CHROMIUM ?? '/usr/bin/chromium';

/** What Chromium says of a request, or of a socket, that nobody answered. */
const FAILED_REQUEST = /^(Failed to load resource|WebSocket connection to .* failed)/;

/** What people hold in their hands. */
export const SIZES = {
  phone: {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  },
  desktop: { viewport: { width: 1280, height: 800 } },
};

/** `args` are Chromium's own, for what a page cannot set: the reader's font size, for one. */
export function launchBrowser(args = []) {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...args,
    ],
  });
}

/** One person in front of one browser profile. */
export class Viewer {
  /** What the page complained of; a test asserts that it stays empty. */
  complaints = [];

  /** `options` are those of Playwright's browser contexts. */
  static async open(browser, stack, size, options = {}) {
    const viewer = new Viewer();
    viewer.size = size;
    viewer.context = await browser.newContext({
      ...SIZES[size],
      colorScheme: 'light',
      locale: 'en-GB',
      ...options,
      baseURL: stack.publicUrl,
    });
    await viewer.#openPage('/');
    return viewer;
  }

  /** Another tab of the same browser: it shares the cookie and what is stored. */
  async newTab(path = '/') {
    const tab = new Viewer();
    const { name, handle, size, context } = this;
    Object.assign(tab, { name, handle, size, context });
    await tab.#openPage(path);
    return tab;
  }

  async #openPage(path) {
    this.page = await this.context.newPage();
    this.page.setDefaultTimeout(20_000);
    this.page.on('pageerror', (error) => this.complaints.push(error.stack));
    this.page.on('console', (message) => {
      // A failed request is no mistake of the page's: tests kill servers and cut networks.
      if (message.type() === 'error' && !FAILED_REQUEST.test(message.text())) {
        this.complaints.push(message.text());
      }
    });
    await this.page.goto(path);
  }

  /** Takes the network from this tab alone, until the function that it returns is called. */
  async cutOff() {
    const { page } = this;
    await page.route('**/api/**', (route) => route.abort());
    return () => page.unroute('**/api/**');
  }

  /** Freezes this tab as browsers do with what nobody looks at; returns what wakes it. */
  async freeze() {
    const session = await this.context.newCDPSession(this.page);
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    return () => session.send('Page.setWebLifecycleState', { state: 'active' });
  }

  async logOut() {
    await this.page.goto('/settings');
    await this.button('Log out').click();
  }

  async register(name) {
    this.name = name;
    this.handle = `${name.toLowerCase()}_${randomBytes(4).toString('hex')}`;
    await this.page.getByRole('link', { name: 'Create an account' }).click();
    await this.page.getByLabel('Handle').fill(this.handle);
    await this.page.getByLabel('Display name').fill(name);
    await this.page.getByLabel('Password').fill(PASSWORD);
    await this.page.getByRole('button', { name: 'Create account' }).click();
    await this.isOnline();
  }

  async signIn(handle, password = PASSWORD) {
    this.handle = handle;
    await this.page.getByLabel('Handle').fill(handle);
    await this.page.getByLabel('Password').fill(password);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.isOnline();
  }

  /** Waits until the chat list is there and the connection is up. */
  async isOnline() {
    await this.page.getByLabel('Search chats').waitFor();
    await this.connection('online').waitFor({ state: 'attached' });
  }

  connection(state) {
    return this.page.locator(`[data-testid="connection-status"][data-state="${state}"]`);
  }

  row(title) {
    return this.page.getByTestId('chat-row').filter({ hasText: title });
  }

  badge(title) {
    return this.row(title).getByTestId('unread-badge');
  }

  message(text) {
    return this.page.getByTestId('message').filter({ hasText: text });
  }

  /** A message with this tick: queued, sent, delivered or read. */
  messageThatIs(status, text) {
    const message = this.page.locator(`[data-testid="message"][data-status="${status}"]`);
    return message.filter({ hasText: text });
  }

  /** Opens what can be done with a chat of the list. */
  async openChatMenu(title) {
    const row = this.row(title);
    if (this.size === 'phone') {
      await row.dispatchEvent('contextmenu');
    } else {
      await row.hover();
      await this.button(`Options for ${title}`).click();
    }
    await this.page.getByRole('dialog').waitFor();
  }

  /** Opens what can be done with the last message that says this. */
  async openMessageMenu(text) {
    const message = this.message(text).last();
    if (this.size === 'phone') {
      await message.dispatchEvent('contextmenu');
    } else {
      await message.hover();
      await message.locator('[data-message-menu]').click();
    }
    await this.page.getByRole('dialog').waitFor();
  }

  subtitle() {
    return this.page.getByTestId('chat-subtitle');
  }

  person(handle) {
    return this.page.locator(`[data-testid="person"][data-handle="${handle}"]`);
  }

  button(name) {
    return this.page.getByRole('button', { name, exact: true });
  }

  field(name) {
    return this.page.getByRole('textbox', { name, exact: true });
  }

  /** Back to the list, which a wide window shows anyway. */
  async back() {
    if (this.size === 'phone') await this.button('Back').click();
  }

  async startDirectChat(handle) {
    await this.button('New chat').click();
    await this.page.getByLabel('Search by handle').fill(handle);
    await this.person(handle).click();
    await this.field('Message').waitFor();
  }

  async createGroup(title, handles) {
    await this.button('New chat').click();
    await this.page.getByRole('button', { name: 'New group' }).click();
    await this.page.getByLabel('Group name').fill(title);
    for (const handle of handles) {
      await this.page.getByLabel('Search by handle').fill(handle);
      await this.person(handle).click();
    }
    await this.button('Create group').click();
    await this.field('Message').waitFor();
  }

  async openChat(title) {
    await this.row(title).click();
    await this.field('Message').waitFor();
  }

  /** Goes to one of the places that the tabs of a phone or the rail of a desktop name. */
  async goTo(place) {
    await this.page.getByRole('navigation').getByRole('link', { name: place }).click();
  }

  async openRequest(title) {
    await this.goTo('Requests');
    await this.row(title).click();
  }

  /** Accepts what somebody new wrote, and opens the chat as any other one. */
  async acceptRequest(title) {
    await this.openRequest(title);
    await this.button('Accept').click();
    await this.field('Message').waitFor();
    if (this.size !== 'phone') return;
    await this.back();
    await this.goTo('Chats');
    await this.openChat(title);
  }

  member(handle) {
    return this.page.locator(`[data-testid="member"][data-handle="${handle}"]`);
  }

  /** Opens what can be done about a member, in the info of a group, and does it. */
  async actOn(handle, action) {
    await this.member(handle).getByRole('button').click();
    await this.button(action).click();
  }

  /** Presses a button of the dialog that asks. */
  async confirm(name) {
    await this.page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
  }

  async openInfo() {
    await this.page.getByRole('link', { name: 'Chat info' }).click();
  }

  async send(text) {
    await this.field('Message').fill(text);
    await this.button('Send').click();
  }

  /** The texts of the open chat, as they stand. */
  texts() {
    return this.page.getByTestId('message').locator('.bubble-text').allInnerTexts();
  }

  /** Everything that the page's browser has stored, as text; of files their names alone. */
  stored() {
    return this.page.evaluate(async () => {
      const opened = (request) =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const all = [];
      for (const { name } of await indexedDB.databases()) {
        const db = await opened(indexedDB.open(name));
        for (const store of db.objectStoreNames) {
          const found = db.transaction(store).objectStore(store);
          const keys = await opened(found.getAllKeys());
          all.push(store, keys, store === 'files' ? [] : await opened(found.getAll()));
        }
        db.close();
      }
      return JSON.stringify(all);
    });
  }

  async screenshot(folder, name) {
    await mkdir(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }

  close() {
    return this.context.close();
  }
}
