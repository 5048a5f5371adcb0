import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { App } from './App';

let stack: Stack;

const aSession = (id: string, device: string | null, current = false) => ({
  id,
  device,
  current,
  created_at: '2026-01-05T09:00:00.000000Z',
  last_used_at: '2026-01-05T10:00:00.000000Z',
});

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.sessions = [
    aSession('s1', 'Firefox, Linux', true),
    aSession('s2', 'Safari, iPhone'),
    aSession('s3', null),
  ];
  window.history.replaceState(null, '', '/settings');
  render(<App store={stack.store} />);
  await act(() => signIn(stack));
  await userEvent.click(await screen.findByRole('link', { name: 'Password and devices' }));
});

const devices = async () =>
  (await screen.findAllByTestId('session')).map((item) => item.querySelector('bdi')?.textContent);

it('tells where the user is signed in, and ends one of them or all others', async () => {
  expect(await devices()).toEqual(['Firefox, Linux', 'Safari, iPhone', 'Unknown device']);
  const [own] = await screen.findAllByTestId('session');
  expect(own?.textContent).toContain('This device');
  expect(within(own as HTMLElement).queryByRole('button')).toBeNull();

  stack.backend.refusals.push({ status: 503, code: 'unavailable' });
  await userEvent.click(screen.getByRole('button', { name: 'Sign out Safari, iPhone' }));
  expect(await screen.findByRole('alert')).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'Sign out Safari, iPhone' }));
  await expect.poll(devices).toEqual(['Firefox, Linux', 'Unknown device']);

  await userEvent.click(screen.getByRole('button', { name: 'Sign out all other devices' }));
  const dialog = within(await screen.findByRole('dialog'));
  await userEvent.click(dialog.getByRole('button', { name: 'Sign out all other devices' }));
  await expect.poll(devices).toEqual(['Firefox, Linux']);
  expect(screen.queryByRole('button', { name: 'Sign out all other devices' })).toBeNull();
});

it('changes the password of whoever knows the one before, and keeps what was typed otherwise', async () => {
  const form = within(await screen.findByRole('form', { name: 'Change password' }));
  const button = form.getByRole('button', { name: 'Change password' });
  expect(button).toHaveProperty('disabled', true);
  await userEvent.type(form.getByLabelText('Current password'), 'wrong');
  await userEvent.type(form.getByLabelText('New password'), 'four rooks in a tree');
  await userEvent.click(button);
  const alert = await form.findByRole('alert');
  expect(alert.textContent).toBe('That is not your current password. Try again.');
  expect(form.getByLabelText('New password')).toHaveProperty('value', 'four rooks in a tree');
  await userEvent.clear(form.getByLabelText('Current password'));
  await userEvent.type(form.getByLabelText('Current password'), 'right');
  await userEvent.click(button);
  expect((await form.findByRole('status')).textContent).toContain('The password is changed');
  expect(form.getByLabelText('New password')).toHaveProperty('value', '');
  await expect.poll(devices).toEqual(['Firefox, Linux']);
});
