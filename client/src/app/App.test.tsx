import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { sessionEnded } from '@/model/session';
import { ADA, BEN } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { App } from './App';

let stack: Stack;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
});

async function showSignedIn(): Promise<void> {
  render(<App store={stack.store} />);
  await act(() => signIn(stack));
}

describe('signing in', () => {
  beforeEach(() => {
    stack.store.dispatch(sessionEnded());
    render(<App store={stack.store} />);
  });

  it('says why it was refused, then lets the user in', async () => {
    await userEvent.type(screen.getByLabelText('Handle'), 'ada');
    await userEvent.type(screen.getByLabelText('Password'), 'wrong');
    await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    expect((await screen.findByRole('alert')).textContent).toContain('wrong');
    await userEvent.clear(screen.getByLabelText('Password'));
    await userEvent.type(screen.getByLabelText('Password'), 'right');
    await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByText('No chats yet')).toBeTruthy();
  });

  it('makes an account', async () => {
    await userEvent.click(screen.getByRole('link', { name: 'Create an account' }));
    await userEvent.type(screen.getByLabelText('Handle'), 'ada');
    await userEvent.type(screen.getByLabelText('Display name'), 'Ada');
    await userEvent.type(screen.getByLabelText('Password'), 'long enough');
    await userEvent.click(screen.getByRole('button', { name: 'Create account' }));
    expect(await screen.findByRole('heading', { name: 'Chats' })).toBeTruthy();
  });
});

describe('chatting', () => {
  it('shows a chat with its unread count, opens it and sends', async () => {
    stack.backend.add();
    stack.backend.post({ text: 'hello Ada' });
    await showSignedIn();
    const row = await screen.findByTestId('chat-row');
    expect(within(row).getByText('Ben Franklin')).toBeTruthy();
    expect(within(row).getByTestId('unread-badge').textContent).toContain('1');

    await userEvent.click(row);
    const [received] = await screen.findAllByTestId('message');
    expect(received?.dataset).toMatchObject({ seq: '1', status: 'received' });

    await userEvent.type(screen.getByLabelText('Message'), 'hello Ben');
    await userEvent.click(screen.getByRole('button', { name: 'Send' }));
    const bubble = await screen.findByText('hello Ben', { selector: '.bubble-text' });
    const message = bubble.closest('[data-testid="message"]');
    await expect.poll(() => message?.getAttribute('data-status')).toBe('sent');
    const receipts = [{ user_id: BEN.id, delivered_seq: 2, read_seq: 2 }];
    act(() => stack.hub.push('chat:c1', { type: 'receipts.moved', receipts }));
    expect(message?.getAttribute('data-status')).toBe('read');
  });

  it('offers to try again what the server refused', async () => {
    stack.backend.add();
    stack.backend.sendFailures.push(409);
    window.history.replaceState(null, '', '/chats/c1');
    await showSignedIn();
    await userEvent.type(await screen.findByLabelText('Message'), 'once more');
    await userEvent.click(screen.getByRole('button', { name: 'Send' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Try again' }));
    await expect.poll(() => stack.backend.room().messages.length).toBe(1);
  });

  it('keeps a draft when the chat is left', async () => {
    stack.backend.add();
    stack.backend.add({ id: 'c2', kind: 'group', title: 'Crew' });
    window.history.replaceState(null, '', '/chats/c1');
    await showSignedIn();
    await userEvent.type(await screen.findByLabelText('Message'), 'unfinished');
    await userEvent.click(await screen.findByText('Crew'));
    expect(await screen.findByText('unfinished')).toBeTruthy();
    expect(screen.getByText(/Draft:/)).toBeTruthy();
  });

  it('finds a person and opens the chat with them', async () => {
    await showSignedIn();
    await userEvent.click(await screen.findByRole('button', { name: 'New chat' }));
    await userEvent.type(screen.getByLabelText('Search by handle'), 'be');
    await userEvent.click(await screen.findByText('@ben'));
    expect(await screen.findByLabelText('Message')).toBeTruthy();
    expect(window.location.pathname).toBe('/chats/made');
  });

  it('makes a group', async () => {
    window.history.replaceState(null, '', '/new/group');
    await showSignedIn();
    await userEvent.type(screen.getByLabelText('Group name'), 'Crew');
    await userEvent.type(screen.getByLabelText('Search by handle'), 'c');
    await userEvent.click(await screen.findByText('@cat'));
    await userEvent.click(screen.getByRole('button', { name: 'Create group' }));
    expect((await screen.findAllByText('Crew')).length).toBeGreaterThan(0);
  });

  it('leaves a group after asking', async () => {
    stack.backend.add({ kind: 'group', title: 'Crew', members: [ADA, BEN] });
    window.history.replaceState(null, '', '/chats/c1/info');
    await showSignedIn();
    await userEvent.click(await screen.findByRole('button', { name: 'Leave group' }));
    await userEvent.click(screen.getByRole('button', { name: 'Leave' }));
    await expect.poll(() => stack.store.getState().chats.ids).toEqual([]);
  });
});

describe('settings', () => {
  it('log the user out', async () => {
    window.history.replaceState(null, '', '/settings');
    await showSignedIn();
    await userEvent.click(await screen.findByRole('button', { name: 'Log out' }));
    expect(await screen.findByRole('button', { name: 'Sign in' })).toBeTruthy();
  });
});
