/** What a person does about their account and their groups: devices, passwords and codes, links to join by. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Person, PASSWORD } from './lib/person.mjs';
import { barriers } from './lib/screen.mjs';
import { Stack } from './lib/stack.mjs';
import { codeOf } from './lib/totp.mjs';

let stack, browser;

before(async () => {
  stack = await Stack.start();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

async function device(name, handle, size, options) {
  const viewer = await Viewer.open(browser, stack, size, options);
  viewer.name = name;
  await viewer.signIn(handle);
  return viewer;
}

const isOpenToAll = async (viewer, where) =>
  assert.deepEqual(await barriers(viewer.page), [], `${viewer.name} ${where}`);

async function finish(...devices) {
  for (const viewer of devices) {
    assert.deepEqual(viewer.complaints, [], viewer.name);
    await viewer.close();
  }
}

test('a device is signed out from another one, and a new password signs out all others', async () => {
  const [anna] = await Person.crowd(stack, ['anna']);
  const { handle } = anna.user;
  const phone = await device('phone', handle, 'phone');
  const desktop = await device('desktop', handle, 'desktop', { colorScheme: 'dark' });
  await phone.page.goto('/settings/security');
  await phone.page.getByTestId('session').first().waitFor();
  // The person's own API client is signed in, too.
  assert.equal(await phone.page.getByTestId('session').count(), 3);
  await isOpenToAll(phone, 'with its devices');
  const others = phone.page.getByTestId('session').getByRole('button');
  await others.first().click();
  await desktop.button('Sign in').waitFor();
  await phone.page.getByTestId('session').nth(2).waitFor({ state: 'detached' });

  await desktop.signIn(handle);
  await desktop.page.goto('/settings/security');
  await desktop.field('Current password').waitFor();
  const NEW = 'seven rooks in a walnut tree';
  await desktop.page.getByLabel('Current password').fill(PASSWORD);
  await desktop.page.getByLabel('New password').fill(NEW);
  await desktop.button('Change password').click();
  await desktop.page.getByText('The password is changed').waitFor();
  await isOpenToAll(desktop, 'after a change of the password');
  await phone.button('Sign in').waitFor();
  assert.equal(await desktop.page.getByTestId('session').count(), 1);
  await phone.page.getByLabel('Password').fill(PASSWORD);
  await phone.page.getByLabel('Handle').fill(handle);
  await phone.button('Sign in').click();
  await phone.page.getByRole('alert').waitFor();
  // Whoever signs in again is where they were.
  await phone.page.getByLabel('Password').fill(NEW);
  await phone.button('Sign in').click();
  await phone.page.getByTestId('session').nth(1).waitFor();
  await finish(phone, desktop);
});

test('a code is asked for besides the password, from an app or from paper, until it is turned off', async () => {
  const [anna] = await Person.crowd(stack, ['anna']);
  const { handle } = anna.user;
  const phone = await device('phone', handle, 'phone', { colorScheme: 'dark' });
  await phone.page.goto('/settings/security');
  await phone.page.getByLabel('Your password').fill(PASSWORD);
  await phone.button('Set up').click();
  await phone.page.getByRole('img', { name: /QR code/ }).waitFor();
  const secret = await phone.page.getByLabel('Key', { exact: true }).inputValue();
  await isOpenToAll(phone, 'with a QR code');
  await phone.page.getByLabel('Code from the app').fill(codeOf(secret));
  await phone.button('Turn on').click();
  const codes = phone.page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
  await codes.first().waitFor();
  const [first, second, ...others] = await codes.allTextContents();
  assert.equal(others.length, 8);
  await isOpenToAll(phone, 'with recovery codes');
  await phone.button('I have kept them').click();
  await phone.page.getByText('Recovery codes left: 10').waitFor();

  // The app's next code, and one from paper.
  for (const code of [codeOf(secret, 1), first]) {
    const desktop = await Viewer.open(browser, stack, 'desktop');
    desktop.name = 'desktop';
    await desktop.page.getByLabel('Handle').fill(handle);
    await desktop.page.getByLabel('Password').fill(PASSWORD);
    await desktop.button('Sign in').click();
    await desktop.page.getByLabel('Code', { exact: true }).fill(code);
    await isOpenToAll(desktop, 'asked for a code');
    await desktop.button('Sign in').click();
    await desktop.isOnline();
    await finish(desktop);
  }

  await phone.page.reload();
  await phone.page.getByText('Recovery codes left: 9').waitFor();
  await phone.page.getByLabel('Your password').fill(PASSWORD);
  await phone.page.getByLabel('Code or recovery code', { exact: true }).fill(second);
  await phone.button('Turn off').click();
  await phone.button('Set up').waitFor();
  const desktop = await device('desktop', handle, 'desktop');
  await finish(phone, desktop);
});

test('an account is deleted with its messages, and others see what is left of it', async () => {
  const [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  const group = await ben.api.createGroup('Rooks', [anna.id]);
  const annas = await device('anna', anna.user.handle, 'desktop');
  const bens = await device('ben', ben.user.handle, 'phone');
  await annas.page.goto(`/chats/${group.id}`);
  await annas.send('nobody will know');
  await bens.page.goto(`/chats/${group.id}`);
  await bens.message('nobody will know').waitFor();

  await annas.page.goto('/settings/security');
  const card = annas.page.getByRole('region', { name: 'Delete account' });
  await card.getByLabel('Password for deletion').fill(PASSWORD);
  await card.getByLabel(/Delete all my messages/).check();
  await isOpenToAll(annas, 'about to delete the account');
  await card.getByRole('button', { name: 'Delete account' }).click();
  const question = annas.page.getByRole('dialog');
  await question.getByRole('button', { name: 'Delete account' }).click();
  await annas.button('Sign in').waitFor();
  await annas.page.getByLabel('Handle').fill(anna.user.handle);
  await annas.page.getByLabel('Password').fill(PASSWORD);
  await annas.button('Sign in').click();
  await annas.page.getByRole('alert').waitFor();

  await bens.message('nobody will know').waitFor({ state: 'detached' });
  await bens.page.getByText(/ left$/).waitFor();
  await finish(annas, bens);
});

for (const size of ['phone', 'desktop']) {
  test(`somebody comes into a group by its link, which works until it is reset (${size})`, async () => {
    const [anna, ben, cat] = await Person.crowd(stack, ['anna', 'ben', 'cat']);
    const { id } = await anna.api.createGroup('Rooks', [cat.id]);
    const annas = await device('anna', anna.user.handle, 'desktop');
    await annas.page.goto(`/chats/${id}/info`);
    await annas.button('Invite by link').click();
    await annas.button('Create a link').click();
    const field = annas.page.getByRole('textbox', { name: 'Invite link' });
    const link = await field.inputValue();
    await isOpenToAll(annas, 'with a link');

    // Whoever is not signed in comes back to it.
    const bens = await Viewer.open(browser, stack, size);
    bens.name = 'ben';
    await bens.page.goto(link);
    await bens.page.getByLabel('Handle').fill(ben.user.handle);
    await bens.page.getByLabel('Password').fill(PASSWORD);
    await bens.button('Sign in').click();
    await bens.page.getByRole('heading', { name: 'Rooks' }).waitFor();
    await isOpenToAll(bens, 'about to join');
    await bens.button('Join group').click();
    await bens.field('Message').waitFor();
    await bens.send('hello, I came by the link');
    await annas.button('Reset link').click();
    await annas.page.waitForFunction((old) => {
      const now = document.querySelector('.invite-link');
      return now !== null && now.value !== old;
    }, link);
    await annas.button('Close').click();
    await annas.page.goto(`/chats/${id}`);
    await annas.message('hello, I came by the link').waitFor();

    const cats = await device('cat', cat.user.handle, size);
    await cats.page.goto(link);
    await cats.page.getByRole('heading', { name: 'This link leads nowhere any more' }).waitFor();
    await isOpenToAll(cats, 'at a link of before');

    // Who reads the log does not come in by it.
    const { log: errors } = await stack.process('nginx');
    const access = () => readFile(errors.replace('nginx.log', 'nginx-access.log'), 'utf8');
    const seen = () => access().then((log) => log.includes('/api/v1/invites/...') && log);
    const log = await eventually('nginx has written its log', seen);
    assert.ok(!log.includes(link.split('/').at(-1)), 'a link is in the log');
    await finish(annas, bens, cats);
  });
}
