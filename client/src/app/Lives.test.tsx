import { act, fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { ADA } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { bubble, choose } from '@/testing/timeline';
import { App } from './App';

let stack: Stack;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
  // An older one could not be edited any more.
  const created_at = new Date().toISOString();
  stack.backend.post({ text: 'shall we?', created_at });
  stack.backend.post({ text: 'yes', sender_id: ADA.id, created_at });
  window.history.replaceState(null, '', '/chats/c1');
  render(<App store={stack.store} />);
  await act(() => signIn(stack));
});

const field = () => screen.findByLabelText<HTMLTextAreaElement>('Message');
const bar = () => screen.queryByTestId('composer-bar');
const posted = () => stack.backend.room().messages.map(({ text }) => text);

describe('a message', () => {
  it('is answered with a quote', async () => {
    await choose('shall we?', 'Reply');
    expect(bar()?.textContent).toContain('shall we?');
    await userEvent.type(await field(), 'we shall');
    await userEvent.click(await screen.findByRole('button', { name: 'Send' }));
    expect(within(await bubble('we shall')).getByTestId('quote').textContent).toContain('Ben');
    expect(bar()).toBeNull();
    await expect.poll(posted).toContain('we shall');
    expect(stack.backend.room().messages.at(-1)?.reply_to).toBe('c1-1');
  });

  it('is edited, and the text that was begun waits', async () => {
    await userEvent.type(await field(), 'begun');
    await choose('yes', 'Edit');
    expect((await field()).value).toBe('yes');
    await userEvent.type(await field(), ', tomorrow');
    await userEvent.click(await screen.findByRole('button', { name: 'Save the edit' }));
    await bubble('yes, tomorrow');
    expect((await field()).value).toBe('begun');
    await expect.poll(posted).toEqual(['shall we?', 'yes, tomorrow']);
  });

  it('shows what it has said before', async () => {
    const { offset, event } = stack.backend.edit('c1-1', 'shall we go?');
    act(() => stack.hub.feed(offset, event));
    const message = within(await bubble('shall we go?'));
    await userEvent.click(message.getByRole('button', { name: /^Edited/ }));
    const dialog = within(await screen.findByRole('dialog', { name: 'What it said' }));
    const versions = await dialog.findAllByRole('listitem');
    expect(versions.map((item) => item.querySelector('p')?.textContent)).toEqual([
      'shall we?',
      'shall we go?',
    ]);
    // A deletion takes them from the screen and from memory.
    const erased = stack.backend.erase('c1-1');
    act(() => stack.hub.feed(erased.offset, erased.event));
    await expect.poll(() => screen.queryByRole('dialog')).toBeNull();
    await expect.poll(() => JSON.stringify(stack.store.getState())).not.toContain('shall we');
  });

  it('says why its versions do not come', async () => {
    const { offset, event } = stack.backend.edit('c1-1', 'shall we go?');
    act(() => stack.hub.feed(offset, event));
    stack.backend.refusals.push({ status: 409, code: 'not_accepted' });
    const message = within(await bubble('shall we go?'));
    await userEvent.click(message.getByRole('button', { name: /^Edited/ }));
    const alert = await within(await screen.findByRole('dialog')).findByRole('alert');
    expect(alert.textContent).toBe('Accept the request first.');
  });

  it('is deleted for everyone after asking', async () => {
    await choose('yes', 'Delete', 'Delete for everyone');
    await bubble('You deleted this message');
    await expect.poll(posted).toEqual(['shall we?', '']);
  });

  it('opens its menu under a finger that rests on it', async () => {
    const line = (await bubble('shall we?')).parentElement;
    if (!line) throw new Error('no line');
    fireEvent.pointerDown(line, { pointerType: 'touch', isPrimary: true, clientX: 9, clientY: 9 });
    const sheet = await screen.findByRole('dialog', { name: 'Message options' });
    const names = within(sheet)
      .getAllByRole('button')
      .map(({ textContent }) => textContent);
    expect(names.slice(-8)).toEqual([
      'Reply',
      'Copy',
      'Forward',
      'Star',
      'Pin',
      'Select',
      'Delete',
      'Cancel',
    ]);
  });
});
