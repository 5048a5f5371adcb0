import { act, fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { CAT } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { App } from './App';

let stack: Stack;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
  stack.backend.post({ text: 'shall we?', created_at: '2026-01-05T10:00:00.000000Z' });
  stack.backend.add({ id: 'c2', kind: 'group', title: 'Rooks', members: [CAT] });
  stack.backend.post({ text: 'later', created_at: '2026-01-05T11:00:00.000000Z' }, 'c2');
  window.history.replaceState(null, '', '/');
});

async function show(path = '/'): Promise<void> {
  window.history.replaceState(null, '', path);
  render(<App store={stack.store} />);
  await act(() => signIn(stack));
}

const list = () => screen.findByRole('list', { name: 'Chats' });
const row = async (name: string) => {
  const rows = await screen.findAllByTestId('chat-row');
  const found = rows.find(({ textContent }) => textContent.includes(name));
  if (!found) throw new Error(`no row ${name}`);
  return found;
};
const order = async () =>
  within(await list())
    .getAllByTestId('chat-row')
    .map(({ dataset }) => dataset.chatId);

async function pick(name: string, ...actions: string[]): Promise<void> {
  fireEvent.contextMenu(await row(name));
  for (const action of actions) {
    await userEvent.click(await screen.findByRole('button', { name: action }));
  }
}

const settings = (id = 'c1') => stack.backend.room(id).conversation;

describe('a pinned chat', () => {
  it('stands above the others on all devices', async () => {
    await show();
    expect(await order()).toEqual(['c2', 'c1']);
    await pick('Ben Franklin', 'Pin chat');
    expect(await order()).toEqual(['c1', 'c2']);
    expect(within(await row('Ben Franklin')).getByRole('img', { name: 'Pinned' })).toBeTruthy();
    await expect.poll(() => settings().pinned_at).not.toBeNull();
    await pick('Ben Franklin', 'Unpin chat');
    expect(await order()).toEqual(['c2', 'c1']);
    await expect.poll(() => settings().pinned_at).toBeNull();
  });

  it('is one of three at most', async () => {
    for (const id of ['c3', 'c4', 'c5']) {
      stack.backend.add({ id, kind: 'group', title: id, pinned_at: '2026-01-06T00:00:00Z' });
    }
    await show();
    await pick('Ben Franklin', 'Pin chat');
    expect(await screen.findByText('You can pin 3 chats. Unpin one of them first.')).toBeTruthy();
    expect(settings().pinned_at).toBeNull();
  });
});

describe('a long press', () => {
  it('opens the menu of a chat, and the tap after it opens the chat', async () => {
    await show();
    const finger = { pointerType: 'touch', isPrimary: true };
    fireEvent.pointerDown(await row('Ben Franklin'), finger);
    await screen.findByRole('button', { name: 'Pin chat' });
    fireEvent.pointerUp(await row('Ben Franklin'), finger);
    await userEvent.click(screen.getByRole('button', { name: 'Pin chat' }));
    fireEvent.pointerDown(await row('Ben Franklin'), finger);
    fireEvent.pointerUp(await row('Ben Franklin'), finger);
    fireEvent.click(await row('Ben Franklin'));
    expect(window.location.pathname).toBe('/chats/c1');
  });
});

describe('an archived chat', () => {
  it('leaves the list, stays away when somebody writes, and comes back by the user’s wish', async () => {
    await show();
    await pick('Ben Franklin', 'Archive');
    expect(await order()).toEqual(['c2']);
    await expect.poll(() => settings().archived).toBe(true);
    const told = stack.backend.post({ text: 'hello?' });
    act(() => stack.hub.feed(told.offset, told.event));
    const line = await screen.findByTestId('archived-line');
    expect(within(line).getByTestId('archived-unread').textContent).toBe('1');
    expect(await order()).toEqual(['c2']);
    await userEvent.click(line);
    await screen.findByRole('heading', { name: 'Archived' });
    await pick('Ben Franklin', 'Take out of the archive');
    await screen.findByText('Nothing archived');
    await expect.poll(() => settings().archived).toBe(false);
  });
});

describe('a muted chat', () => {
  it('says so and counts quietly', async () => {
    await show();
    await pick('Ben Franklin', 'Mute', 'Always');
    const muted = within(await row('Ben Franklin'));
    expect(muted.getByRole('img', { name: 'Muted' })).toBeTruthy();
    expect(muted.getByTestId('unread-badge').className).toContain('badge-quiet');
    await expect.poll(() => settings().muted_until).toBe('always');
    await pick('Ben Franklin', 'Unmute');
    await expect.poll(() => settings().muted_until).toBeNull();
    expect(within(await row('Ben Franklin')).queryByRole('img', { name: 'Muted' })).toBeNull();
  });

  it('is heard again when its time is over', async () => {
    settings().muted_until = new Date(Date.now() - 1_000).toISOString();
    await show();
    expect(within(await row('Ben Franklin')).queryByRole('img', { name: 'Muted' })).toBeNull();
  });
});

describe('a chat that is marked as unread', () => {
  it('waits to be read until it is opened', async () => {
    await show();
    await pick('Ben Franklin', 'Mark as read');
    await pick('Ben Franklin', 'Mark as unread');
    expect(within(await row('Ben Franklin')).getByTestId('unread-mark')).toBeTruthy();
    await expect.poll(() => settings().marked_unread).toBe(true);
    await userEvent.click(await row('Ben Franklin'));
    await expect.poll(() => settings().marked_unread).toBe(false);
    expect(within(await row('Ben Franklin')).queryByTestId('unread-mark')).toBeNull();
  });

  it('stays so, though what was read before is reported later', async () => {
    stack.backend.receiptFailures.push(503);
    await show();
    await pick('Ben Franklin', 'Mark as read');
    await pick('Ben Franklin', 'Mark as unread');
    await expect.poll(() => settings().marked_unread).toBe(true);
    expect(settings().read_seq).toBe(1);
    expect(within(await row('Ben Franklin')).getByTestId('unread-mark')).toBeTruthy();
  });
});

describe('a cleared chat', () => {
  it('is empty here and on other devices, and goes on', async () => {
    await show('/chats/c1');
    await screen.findByRole('log');
    await pick('Ben Franklin', 'Clear chat');
    const dialog = within(await screen.findByRole('dialog', { name: 'Clear this chat?' }));
    await userEvent.click(dialog.getByRole('button', { name: 'Clear chat' }));
    await expect.poll(() => screen.queryByText('shall we?', { selector: 'p *' })).toBeNull();
    await expect.poll(() => settings().first_seq).toBe(2);
    const told = stack.backend.post({ text: 'and now?' });
    act(() => stack.hub.feed(told.offset, told.event));
    expect(await screen.findAllByText('and now?')).not.toHaveLength(0);
  });

  it('was cleared on another device', async () => {
    await show();
    await row('shall we?');
    const event = { type: 'chat.cleared', conversation_id: 'c1', first_seq: 2 } as const;
    act(() => stack.hub.push('user:ada', event, 1));
    await expect.poll(async () => (await row('Ben Franklin')).textContent).not.toContain('shall');
  });
});

describe('a change of a chat', () => {
  it('waits for the network, and says why it was refused', async () => {
    stack.backend.refusals.push({ status: 503, code: 'unavailable' });
    await show();
    await pick('Ben Franklin', 'Archive');
    expect(await order()).toEqual(['c2']);
    expect(settings().archived).toBe(false);
    window.dispatchEvent(new Event('online'));
    await expect.poll(() => settings().archived).toBe(true);
    stack.backend.refusals.push({ status: 422, code: 'too_many_pinned_chats' });
    await pick('Rooks', 'Pin chat');
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('Rooks was not changed');
    await userEvent.click(within(alert).getByRole('button', { name: 'Dismiss' }));
    expect(screen.queryByRole('alert')).toBeNull();
    expect(within(await row('Rooks')).queryByRole('img', { name: 'Pinned' })).toBeNull();
  });

  it('on another device is seen here', async () => {
    await show();
    expect(await order()).toEqual(['c2', 'c1']);
    const event = {
      type: 'chat.settings_changed',
      conversation_id: 'c2',
      muted_until: null,
      archived: true,
      pinned_at: null,
      marked_unread: false,
    } as const;
    act(() => stack.hub.push('user:ada', event, 1));
    expect(await order()).toEqual(['c1']);
  });
});
