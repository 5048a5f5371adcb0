import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { App } from './App';

let stack: Stack;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  window.history.replaceState(null, '', '/settings/security');
});

async function openCard() {
  render(<App store={stack.store} />);
  await act(() => signIn(stack));
  return within(await screen.findByRole('region', { name: 'Delete account' }));
}

async function confirm(): Promise<void> {
  const dialog = within(await screen.findByRole('dialog'));
  await userEvent.click(dialog.getByRole('button', { name: 'Delete account' }));
}

it('is deleted after its password and one more question, and the device is signed out', async () => {
  const card = await openCard();
  const button = card.getByRole('button', { name: 'Delete account' });
  expect(button).toHaveProperty('disabled', true);
  const password = card.getByLabelText('Password for deletion');
  await userEvent.type(password, 'wrong');
  await userEvent.click(button);
  const dialog = within(await screen.findByRole('dialog'));
  await userEvent.click(dialog.getByRole('button', { name: 'Cancel' }));
  expect(stack.backend.deleted).toBeNull();
  await userEvent.click(button);
  await confirm();
  expect((await card.findByRole('alert')).textContent).toContain('not your current password');
  await userEvent.clear(password);
  await userEvent.type(password, 'right');
  await userEvent.click(card.getByLabelText(/Delete all my messages/));
  await userEvent.click(button);
  await confirm();
  expect(await screen.findByRole('button', { name: 'Sign in' })).toBeTruthy();
  expect(stack.backend.deleted).toEqual({ password: 'right', messages: 'delete' });
});

it('asks for a code where a second factor is on', async () => {
  stack.backend.recoveryCodes = ['gayt-emzu-gu3d-oobz'];
  const card = await openCard();
  await userEvent.type(await card.findByLabelText(/Code or recovery code/), 'gayt-emzu-gu3d-oobz');
  await userEvent.type(card.getByLabelText('Password for deletion'), 'right');
  await userEvent.click(card.getByRole('button', { name: 'Delete account' }));
  await confirm();
  expect(await screen.findByRole('button', { name: 'Sign in' })).toBeTruthy();
  expect(stack.backend.deleted).toEqual({
    password: 'right',
    messages: 'keep',
    code: 'gayt-emzu-gu3d-oobz',
  });
});
