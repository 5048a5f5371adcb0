import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import * as clipboard from '@/lib/clipboard';
import { selectOutbox } from '@/store/selectors';
import { ADA, BEN, CAT } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { bubble, choose } from '@/testing/timeline';
import { App } from './App';

let stack: Stack;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  const { backend } = stack;
  backend.add({ kind: 'group', title: 'Rooks', members: [ADA, BEN, CAT] });
  backend.post({ text: 'shall we?' });
  const created_at = new Date().toISOString();
  backend.post({ text: 'we shall', sender_id: ADA.id, created_at });
  backend.post({ text: 'good' });
  backend.add({ id: 'c2' });
  for (let n = 3; n < 8; n += 1) backend.add({ id: `c${n}`, kind: 'group', title: `Group ${n}` });
  window.history.replaceState(null, '', '/chats/c1');
  render(<App store={stack.store} />);
  await act(() => signIn(stack));
});

const said = (id: string) => stack.backend.room(id).messages.map(({ text }) => text);
const message = (id: string) =>
  stack.backend.room().messages.find((known) => known.id === id) ?? null;
const targets = () => screen.findAllByTestId('chat-choice');
const pick = async (name: RegExp) =>
  userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name }));

describe('forwarding', () => {
  it('sends what a message says to several chats, with its label, and leaves drafts', async () => {
    await userEvent.type(await screen.findByLabelText('Message'), 'begun');
    await choose('shall we?', 'Forward');
    await pick(/Ben Franklin/);
    await pick(/Group 3/);
    await pick(/^Forward$/);
    await screen.findByText('Forwarded to 2 chats');
    await expect.poll(() => [said('c2'), said('c3')]).toEqual([['shall we?'], ['shall we?']]);
    expect(stack.backend.room('c2').messages[0]).toMatchObject({ forwarded: 1 });
    expect((await screen.findByLabelText<HTMLTextAreaElement>('Message')).value).toBe('begun');
  });

  it('goes to the only chat, and shows how often a message was passed on', async () => {
    const { offset, event } = stack.backend.post({ text: 'rumour', forwarded: 4 });
    act(() => stack.hub.feed(offset, event));
    expect((await bubble('rumour')).textContent).toContain('Forwarded');
    await choose('rumour', 'Forward');
    await pick(/Ben Franklin/);
    await pick(/^Forward$/);
    expect(window.location.pathname).toBe('/chats/c2');
    expect((await bubble('rumour')).textContent).toContain('Forwarded many times');
  });

  it('takes five chats, which are found by name', async () => {
    await choose('shall we?', 'Forward');
    for (const n of [3, 4, 5, 6, 7]) await pick(new RegExp(`Group ${n}`));
    expect((await targets()).filter((row) => row.hasAttribute('disabled'))).toHaveLength(2);
    await userEvent.type(within(screen.getByRole('dialog')).getByRole('textbox'), 'FRANK');
    expect(await targets()).toHaveLength(1);
  });

  it('has no text of a message that is deleted before it goes out', async () => {
    stack.backend.sendFailures.push(...Array<number>(50).fill(503));
    await choose('shall we?', 'Forward');
    await pick(/Ben Franklin/);
    await pick(/Group 3/);
    await pick(/^Forward$/);
    expect(selectOutbox(stack.store.getState())).toHaveLength(2);
    const { offset, event } = stack.backend.erase('c1-1');
    act(() => stack.hub.feed(offset, event));
    expect(selectOutbox(stack.store.getState())).toEqual([]);
  });
});

describe('a star', () => {
  const star = async (text: string) => within(await bubble(text)).queryByText('Starred');

  it('is set here, taken away elsewhere, and stands on all devices', async () => {
    await choose('good', 'Star');
    expect(await star('good')).not.toBeNull();
    await expect.poll(() => message('c1-3')?.starred).toBe(true);
    const { offset, event } = stack.backend.star('c1-3', false);
    act(() => stack.hub.push('user:ada', event, offset));
    expect(await star('good')).toBeNull();
  });

  it('leads from the list of all back to the message', async () => {
    stack.backend.star('c1-1', true);
    await userEvent.click(screen.getByRole('link', { name: 'Settings' }));
    await userEvent.click(await screen.findByRole('link', { name: 'Starred messages' }));
    const [row] = await screen.findAllByTestId('starred');
    if (!row) throw new Error('nothing is starred');
    expect(row.textContent).toContain('shall we?');
    expect(row.textContent).toContain('Rooks');
    await userEvent.click(within(row).getByRole('button', { name: /shall we/ }));
    expect(window.location.pathname).toBe('/chats/c1');
    await expect
      .poll(async () => (await bubble('shall we?')).closest('.virtual-row')?.className)
      .toContain('flashed');
  });

  it('is taken away in the list of all', async () => {
    stack.backend.star('c1-1', true);
    await userEvent.click(screen.getByRole('link', { name: 'Settings' }));
    await userEvent.click(await screen.findByRole('link', { name: 'Starred messages' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Unstar' }));
    await screen.findByText('No starred messages');
    await expect.poll(() => message('c1-1')?.starred).toBe(false);
  });
});

describe('several messages', () => {
  const box = async (text: string) =>
    screen.findByRole('checkbox', { name: `Select message: ${text}` });

  it('are starred and copied together', async () => {
    await choose('shall we?', 'Select');
    expect(screen.queryByLabelText('Message')).toBeNull();
    await userEvent.click(await box('we shall'));
    const bar = within(await screen.findByRole('toolbar'));
    expect(bar.getByRole('status').textContent).toBe('2 selected');
    const copied = vi.spyOn(clipboard, 'copyText').mockResolvedValue(true);
    await userEvent.click(bar.getByRole('button', { name: 'Copy' }));
    expect(copied).toHaveBeenCalledWith('Ben Franklin: shall we?\nYou: we shall');
    await screen.findByText('Copied');
    await choose('shall we?', 'Select');
    await userEvent.click(await box('good'));
    await userEvent.click(screen.getByRole('button', { name: 'Star' }));
    await expect
      .poll(() => [1, 2, 3].map((n) => message(`c1-${n}`)?.starred))
      .toEqual([true, false, true]);
    await screen.findByLabelText('Message');
  });

  it('are deleted for everyone only where that can be done with all of them', async () => {
    await choose('shall we?', 'Select');
    await userEvent.click(await box('we shall'));
    await userEvent.click(screen.getByRole('button', { name: 'Delete' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Delete 2 messages?' }));
    expect(dialog.queryByRole('button', { name: 'Delete for everyone' })).toBeNull();
    await userEvent.click(dialog.getByRole('button', { name: 'Delete for me' }));
    await expect.poll(() => said('c1')).toEqual(['good']);
  });

  it('are forwarded in their order, and Escape ends the choice alone', async () => {
    await choose('good', 'Select');
    await userEvent.keyboard('{Escape}');
    expect(screen.queryByRole('toolbar')).toBeNull();
    expect(window.location.pathname).toBe('/chats/c1');
    await choose('good', 'Select');
    await userEvent.click(await box('shall we?'));
    await userEvent.click(screen.getByRole('button', { name: 'Forward' }));
    await pick(/Ben Franklin/);
    await pick(/^Forward$/);
    await expect.poll(() => said('c2')).toEqual(['shall we?', 'good']);
  });
});

it('the info of a message says who has got and read it, and when', async () => {
  const at = new Date(2026, 0, 6, 9, 5).toISOString();
  const none = { delivered: false, delivered_at: null, read: false, read_at: null };
  stack.backend.reached = [
    { ...none, user: BEN, delivered: true, delivered_at: at, read: true, read_at: at },
    { ...none, user: CAT, delivered: true },
  ];
  await choose('we shall', 'Message info');
  const dialog = within(await screen.findByRole('dialog', { name: 'Message info' }));
  const read = await dialog.findByRole('region', { name: 'Read' });
  expect(read.textContent).toMatch(/Ben Franklin.*Read .*9:05.*Delivered .*9:05/);
  const delivered = dialog.getByRole('region', { name: 'Delivered' });
  expect(delivered.textContent).toContain('Cat Stevens');
  expect(delivered.textContent).not.toContain('9:05');
});
