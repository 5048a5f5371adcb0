import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import { sessionEnded } from '@/model/session';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { APP_CODE } from '@/testing/secondFactorHandlers';
import { App } from './App';

let stack: Stack;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
});

async function openSecurity() {
  window.history.replaceState(null, '', '/settings/security');
  render(<App store={stack.store} />);
  await act(() => signIn(stack));
  return within(await screen.findByRole('region', { name: 'Two-step sign-in' }));
}

const enter = async (field: HTMLElement, text: string) => {
  await userEvent.clear(field);
  await userEvent.type(field, text);
};

it('is set up with an app, and its recovery codes are shown once', async () => {
  const card = await openSecurity();
  const setUp = await card.findByRole('button', { name: 'Set up' });
  expect(setUp).toHaveProperty('disabled', true);
  await enter(card.getByLabelText('Your password'), 'wrong');
  await userEvent.click(setUp);
  expect((await card.findByRole('alert')).textContent).toContain('not your current password');
  await enter(card.getByLabelText('Your password'), 'right');
  await userEvent.click(setUp);

  const qr = await card.findByRole('img', { name: /as a QR code/ });
  expect(qr.querySelector('path')?.getAttribute('d')?.length).toBeGreaterThan(1_000);
  expect(card.getByLabelText('Key')).toHaveProperty(
    'value',
    'GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ',
  );
  await enter(card.getByLabelText('Code from the app'), '000000');
  await userEvent.click(card.getByRole('button', { name: 'Turn on' }));
  expect((await card.findByRole('alert')).textContent).toContain('Wait for the next one');
  await enter(card.getByLabelText('Code from the app'), APP_CODE);
  await userEvent.click(card.getByRole('button', { name: 'Turn on' }));

  const codes = within(await card.findByRole('list', { name: 'Recovery codes' }));
  const shown = codes.getAllByRole('listitem').map((item) => item.textContent);
  expect(shown).toEqual(stack.backend.recoveryCodes);
  await userEvent.click(card.getByRole('button', { name: 'I have kept them' }));
  expect(await card.findByText(/Recovery codes left: 2/)).toBeTruthy();
  expect(card.queryByText(shown[0] ?? '')).toBeNull();
});

it('is turned off by whoever has both factors', async () => {
  stack.backend.recoveryCodes = ['gayt-emzu-gu3d-oobz'];
  const card = await openSecurity();
  const off = await card.findByRole('button', { name: 'Turn off' });
  await enter(card.getByLabelText('Your password'), 'right');
  await enter(card.getByLabelText('Code or recovery code'), 'mfrg-gzdf-mztw-q2lk');
  await userEvent.click(off);
  expect(await card.findByRole('alert')).toBeTruthy();
  await enter(card.getByLabelText('Code or recovery code'), 'gayt-emzu-gu3d-oobz');
  await userEvent.click(off);
  expect(await card.findByRole('button', { name: 'Set up' })).toBeTruthy();
});

it('is asked for at sign-in, where the password was right', async () => {
  stack.backend.recoveryCodes = ['gayt-emzu-gu3d-oobz'];
  window.history.replaceState(null, '', '/');
  stack.store.dispatch(sessionEnded('lost'));
  render(<App store={stack.store} />);
  const button = await screen.findByRole('button', { name: 'Sign in' });
  await enter(screen.getByLabelText('Handle'), 'ada');
  await enter(screen.getByLabelText('Password'), 'right');
  expect(screen.queryByLabelText('Code')).toBeNull();
  await userEvent.click(button);
  const code = await screen.findByLabelText('Code');
  // The question is no refusal.
  expect(screen.queryByRole('alert')).toBeNull();
  await expect.poll(() => document.activeElement).toBe(code);
  await userEvent.click(button);
  expect((await screen.findByRole('alert')).textContent).toBe('Enter the code.');
  await userEvent.type(code, '000000');
  await userEvent.click(button);
  await expect
    .poll(() => screen.getByRole('alert').textContent)
    .toContain('wrong or was used before');
  // Another account asks for its own.
  await enter(screen.getByLabelText('Handle'), 'ben');
  expect(screen.queryByLabelText('Code')).toBeNull();
  await enter(screen.getByLabelText('Handle'), 'ada');
  await enter(await screen.findByLabelText('Code'), APP_CODE);
  await userEvent.click(button);
  expect(await screen.findByText('No chats yet')).toBeTruthy();
});
