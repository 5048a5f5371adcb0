import { act, fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { chatCleared, messageHidden } from '@/model/chats/slice';
import { server } from '@/testing/backend';
import { ADA, BEN, CAT } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { bubble } from '@/testing/timeline';
import { App } from './App';

let stack: Stack;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  const { backend } = stack;
  backend.add({ kind: 'group', title: 'Rooks', members: [ADA, BEN, CAT] });
  backend.post({ text: 'the *nest* is high' });
  backend.post({ text: 'which nest?', sender_id: ADA.id });
  backend.post({ text: 'no word of it' });
  backend.add({ id: 'c2' });
  backend.post({ text: 'nest egg' }, 'c2');
});

async function show(path = '/'): Promise<void> {
  window.history.replaceState(null, '', path);
  render(<App store={stack.store} />);
  await act(() => signIn(stack));
}

const found = async () => (await screen.findAllByTestId('found')).map((row) => row.textContent);
const marked = () => [...document.querySelectorAll('mark')].map((mark) => mark.textContent);
const asked = () => stack.backend.count('GET messages/search');

describe('messages', () => {
  it('are found from the list of chats, below the chats, and lead to their place', async () => {
    await show();
    await userEvent.type(await screen.findByLabelText('Search chats'), 'nest');
    expect(await found()).toHaveLength(3);
    expect(marked()).toEqual(['nest', 'nest', 'nest']);
    expect(screen.getByText('No chats found')).toBeTruthy();
    // What is typed at once is asked at once.
    expect(asked()).toBe(1);
    const rows = screen.getAllByTestId('found');
    const own = rows.find((row) => row.textContent.includes('which'));
    expect(own?.textContent).toContain('Rooks');
    expect(own?.textContent).toContain('You:');
    await userEvent.click(own as HTMLElement);
    expect(window.location.pathname).toBe('/chats/c1');
    await bubble('which nest?');
  });

  it('go when they are deleted or their chat is cleared', async () => {
    await show();
    await userEvent.type(await screen.findByLabelText('Search chats'), 'nest');
    expect(await found()).toHaveLength(3);
    const [first] = stack.backend.room().messages;
    act(() => {
      stack.store.dispatch(
        messageHidden({ selfId: ADA.id, conversationId: 'c1', messageId: first?.id ?? '' }),
      );
    });
    expect(await found()).toHaveLength(2);
    act(() => {
      stack.store.dispatch(chatCleared({ conversationId: 'c1', firstSeq: 9 }));
    });
    expect(await found()).toHaveLength(1);
  });

  it('leave the arrow keys to the chats that were found', async () => {
    stack.backend.add({ id: 'c3', kind: 'group', title: 'Rooks by night' });
    await show();
    await userEvent.type(await screen.findByLabelText('Search chats'), 'rooks');
    await expect.poll(() => screen.queryAllByTestId('chat-row')).toHaveLength(2);
    const [one, other] = within(screen.getByRole('list', { name: 'Chats' })).getAllByRole('link');
    one?.focus();
    await userEvent.keyboard('{ArrowDown}');
    expect(document.activeElement).toBe(other);
  });

  it('come page by page, and say so when there are none', async () => {
    stack.backend.membersPerPage = 2;
    await show();
    const field = await screen.findByLabelText('Search chats');
    await userEvent.type(field, 'nest');
    expect(await found()).toHaveLength(2);
    await userEvent.click(screen.getByRole('button', { name: 'Show more' }));
    await expect.poll(async () => (await found()).length).toBe(3);
    await userEvent.clear(field);
    await userEvent.type(field, 'rook');
    await screen.findByText('No messages found');
    expect(await screen.findAllByTestId('chat-row')).toHaveLength(1);
  });

  it('are not asked for without a word, and asked for again after a failure', async () => {
    await show();
    const field = await screen.findByLabelText('Search chats');
    await userEvent.type(field, '🎉');
    await screen.findByText('No chats found');
    expect(asked()).toBe(0);
    stack.backend.refusals.push({ status: 422, code: 'invalid_search' });
    await userEvent.clear(field);
    await userEvent.type(field, 'egg');
    await userEvent.click(await screen.findByRole('button', { name: 'Try again' }));
    expect(await found()).toHaveLength(1);
  });

  it('of one chat are found from its menu, of everybody or of one person', async () => {
    await show('/chats/c1');
    await bubble('which nest?');
    await userEvent.click(screen.getByRole('button', { name: 'More' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Search messages' }));
    expect(window.location.pathname).toBe('/chats/c1/search');
    const pane = within(await screen.findByTestId('chat-search'));
    await userEvent.type(pane.getByLabelText('Words of the message'), 'nest');
    expect(await found()).toHaveLength(2);
    await userEvent.selectOptions(pane.getByLabelText('From'), 'You');
    await expect.poll(async () => (await found()).length).toBe(1);
  });

  it('of one chat are found from one day to another one', async () => {
    const asked: URLSearchParams[] = [];
    server.events.on('request:start', ({ request }) => {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname.endsWith('/messages/search')) asked.push(searchParams);
    });
    await show('/chats/c1/search');
    const pane = within(await screen.findByTestId('chat-search'));
    fireEvent.change(pane.getByLabelText('Since'), { target: { value: '2026-02-01' } });
    fireEvent.change(pane.getByLabelText('Until'), { target: { value: '2026-02-01' } });
    await userEvent.type(pane.getByLabelText('Words of the message'), 'nest');
    const range = () => ['from', 'until'].map((name) => asked.at(-1)?.get(name));
    const [from, until] = [new Date(2026, 1, 1), new Date(2026, 1, 2)];
    await expect.poll(range).toEqual([from.toISOString(), until.toISOString()]);
    server.events.removeAllListeners();
  });
});
