import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { App } from './App';

let stack: Stack;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
});

async function show(path: string): Promise<void> {
  window.history.replaceState(null, '', path);
  render(<App store={stack.store} />);
  await act(() => signIn(stack));
}

it('the user finds themselves first, by name and handle, and writes what is read at once', async () => {
  await show('/new');
  const people = async () =>
    within(await screen.findByRole('list', { name: 'People found' })).findAllByTestId('person');
  expect((await people()).map(({ dataset }) => dataset.handle)).toEqual(['ada']);
  await userEvent.type(screen.getByLabelText(/Search/), '@ben');
  await expect
    .poll(async () => (await people()).map(({ dataset }) => dataset.handle))
    .not.toContain('ada');
  await userEvent.clear(screen.getByLabelText(/Search/));
  await userEvent.type(screen.getByLabelText(/Search/), 'lovel');
  const [self] = await people();
  if (!self) throw new Error('nobody');
  expect(self.textContent).toContain('Ada Lovelace (You)');
  await userEvent.click(self);
  await expect.poll(() => window.location.pathname).toBe('/chats/own');
  expect((await screen.findByTestId('chat-subtitle')).textContent).toBe('Message yourself');
  expect(screen.getByRole('heading', { name: /Ada Lovelace \(You\)/ })).toBeTruthy();

  await userEvent.type(await screen.findByLabelText('Message'), 'milk{Enter}');
  const bubble = await screen.findByTestId('message');
  await expect.poll(() => within(bubble).queryByLabelText('Read')).toBeTruthy();
  // Whoever opens it again finds the same one, and asks nobody.
  const asked = () => stack.backend.count('PUT users/me/chat');
  expect(asked()).toBe(1);
  act(() => window.history.pushState(null, '', '/new'));
  act(() => void window.dispatchEvent(new PopStateEvent('popstate')));
  await userEvent.click((await people())[0] ?? self);
  await expect.poll(() => window.location.pathname).toBe('/chats/own');
  expect(asked()).toBe(1);
});

it('has nobody to block, and no reader to ask for', async () => {
  stack.backend.add({ id: 'own', members: [stack.backend.account] });
  await show('/chats/own/info');
  await screen.findByRole('button', { name: 'Delete chat' });
  expect(screen.queryByRole('button', { name: /^Block/ })).toBeNull();
});
