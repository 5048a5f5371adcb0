import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';
import { draftEdited } from '@/model/drafts';
import { messageQueued } from '@/model/outbox';
import { sessionEnded, workLeft } from '@/model/session';
import { storageChanged } from '@/model/storage';
import { server } from '@/testing/backend';
import { ADA, BEN } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { App } from './App';
import { watchLanguage } from './page';

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
    stack.store.dispatch(sessionEnded('lost'));
    render(<App store={stack.store} />);
  });

  it('says why it was refused, then lets the user in', async () => {
    await userEvent.type(await screen.findByLabelText('Handle'), 'ada');
    await userEvent.type(await screen.findByLabelText('Password'), 'wrong');
    await userEvent.click(await screen.findByRole('button', { name: 'Sign in' }));
    expect((await screen.findByRole('alert')).textContent).toContain('wrong');
    await userEvent.clear(await screen.findByLabelText('Password'));
    await userEvent.type(await screen.findByLabelText('Password'), 'right');
    await userEvent.click(await screen.findByRole('button', { name: 'Sign in' }));
    expect(await screen.findByText('No chats yet')).toBeTruthy();
  });

  it('says how long to wait after too many attempts', async () => {
    server.use(
      http.post('*/api/v1/auth/login', () =>
        HttpResponse.json(
          { status: 429, code: 'too_many_attempts' },
          { status: 429, headers: { 'retry-after': '900' } },
        ),
      ),
    );
    await userEvent.type(await screen.findByLabelText('Handle'), 'ada');
    await userEvent.type(await screen.findByLabelText('Password'), 'guess');
    await userEvent.click(await screen.findByRole('button', { name: 'Sign in' }));
    expect((await screen.findByRole('alert')).textContent).toContain('in 15 minutes');
  });

  it('says what is missing in its own words', async () => {
    await userEvent.type(await screen.findByLabelText('Handle'), 'ada');
    await userEvent.click(await screen.findByRole('button', { name: 'Sign in' }));
    expect((await screen.findByRole('alert')).textContent).toBe('Enter your password.');
  });

  it('makes an account', async () => {
    await userEvent.click(await screen.findByRole('link', { name: 'Create an account' }));
    await userEvent.type(await screen.findByLabelText('Handle'), 'ada');
    await userEvent.type(await screen.findByLabelText('Display name'), 'Ada');
    await userEvent.type(await screen.findByLabelText('Password'), 'long enough');
    await userEvent.click(await screen.findByRole('button', { name: 'Create account' }));
    expect(await screen.findByRole('heading', { name: 'Chats' })).toBeTruthy();
  });
});

describe('a link into the app', () => {
  const enter = async () => {
    await userEvent.type(await screen.findByLabelText('Handle'), 'ada');
    await userEvent.type(await screen.findByLabelText('Password'), 'right');
    await userEvent.click(await screen.findByRole('button', { name: 'Sign in' }));
  };

  it('is followed after signing in, over both forms', async () => {
    stack.backend.add();
    stack.store.dispatch(sessionEnded('lost'));
    window.history.replaceState(null, '', '/chats/c1');
    render(<App store={stack.store} />);
    await userEvent.click(await screen.findByRole('link', { name: 'Create an account' }));
    await userEvent.click(await screen.findByRole('link', { name: 'Sign in' }));
    await enter();
    expect(await screen.findByLabelText('Message')).toBeTruthy();
    expect(window.location.pathname).toBe('/chats/c1');
  });

  it('leads nobody else to where the former user was', async () => {
    stack.backend.add();
    window.history.replaceState(null, '', '/chats/c1');
    await showSignedIn();
    await screen.findByLabelText('Message');
    act(() => void stack.store.dispatch(sessionEnded('lost')));
    stack.backend.account = BEN;
    await enter();
    expect(await screen.findByRole('heading', { name: 'Chats' })).toBeTruthy();
    expect(window.location.pathname).toBe('/');
  });
});

describe('the language', () => {
  it('is chosen in the settings, and the page turns round with it', async () => {
    await watchLanguage(stack.store);
    await showSignedIn();
    await userEvent.click(await screen.findByRole('link', { name: /Settings/ }));
    await userEvent.selectOptions(await screen.findByLabelText('Language'), 'العربية');
    expect(await screen.findByRole('heading', { name: 'الإعدادات' })).toBeTruthy();
    expect(document.documentElement.dir).toBe('rtl');
    await userEvent.selectOptions(await screen.findByLabelText('اللغة'), 'Deutsch');
    expect(await screen.findByRole('heading', { name: 'Einstellungen' })).toBeTruthy();
    expect(document.documentElement.dir).toBe('ltr');
    await userEvent.selectOptions(await screen.findByLabelText('Sprache'), 'English');
    expect(await screen.findByRole('heading', { name: 'Settings' })).toBeTruthy();
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

    await userEvent.type(await screen.findByLabelText('Message'), 'hello Ben');
    await userEvent.click(await screen.findByRole('button', { name: 'Send' }));
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
    await userEvent.click(await screen.findByRole('button', { name: 'Send' }));
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
    await userEvent.type(await screen.findByLabelText('Search by handle or name'), 'be');
    await userEvent.click(await screen.findByText('@ben'));
    expect(await screen.findByLabelText('Message')).toBeTruthy();
    expect(window.location.pathname).toBe('/chats/made');
  });

  it('finds people that are known by their names, however they are written', async () => {
    const jurgen = { id: 'jm', handle: 'band_leader', display_name: 'Jürgen Müller' };
    stack.backend.add({ kind: 'group', title: 'Band', members: [ADA, jurgen] });
    window.history.replaceState(null, '', '/new');
    await showSignedIn();
    await userEvent.type(await screen.findByLabelText('Search by handle or name'), 'mueller');
    expect(await screen.findByText('Jürgen Müller')).toBeTruthy();
  });

  it('shows the handles of people whose names look the same', async () => {
    const impostor = { id: 'evil', handle: 'b_franklin', display_name: 'Веn Franklin' };
    stack.backend.add();
    stack.backend.add({ id: 'c2', members: [ADA, impostor] });
    await showSignedIn();
    expect(await screen.findByText('@b_franklin')).toBeTruthy();
    expect(screen.getByText('@ben')).toBeTruthy();
  });

  it('shows neither an invisible name nor one that turns text round', async () => {
    stack.backend.add({ members: [ADA, { ...BEN, display_name: 'Eve \u202egnimoh ecarG' }] });
    stack.backend.add({
      id: 'c2',
      members: [ADA, { id: 'no', handle: 'noname', display_name: '\u200b' }],
    });
    await showSignedIn();
    expect(await screen.findByText('Eve gnimoh ecarG')).toBeTruthy();
    expect(screen.getAllByText('@noname').length).toBeGreaterThan(0);
  });

  it('keeps a leading blank that is typed', async () => {
    stack.backend.add();
    window.history.replaceState(null, '', '/chats/c1');
    await showSignedIn();
    const field = await screen.findByLabelText('Message');
    await userEvent.type(field, ' ');
    expect((field as HTMLTextAreaElement).value).toBe(' ');
    await userEvent.type(field, ' indented  ');
    await userEvent.click(await screen.findByRole('button', { name: 'Send' }));
    await expect.poll(() => stack.backend.room().messages[0]?.text).toBe('  indented');
  });

  it('makes a group', async () => {
    window.history.replaceState(null, '', '/new/group');
    await showSignedIn();
    await userEvent.type(await screen.findByLabelText('Group name'), 'Crew');
    await userEvent.type(await screen.findByLabelText('Search by handle or name'), 'c');
    await userEvent.click(await screen.findByText('@cat'));
    await userEvent.click(await screen.findByRole('button', { name: 'Create group' }));
    expect((await screen.findAllByText('Crew')).length).toBeGreaterThan(0);
  });

  it('leaves a group after asking', async () => {
    stack.backend.add({ kind: 'group', title: 'Crew', members: [ADA, BEN] });
    window.history.replaceState(null, '', '/chats/c1/info');
    await showSignedIn();
    await userEvent.click(await screen.findByRole('button', { name: 'Leave group' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Leave' }));
    await expect.poll(() => stack.store.getState().chats.ids).toEqual([]);
    await expect.poll(() => window.location.pathname).toBe('/');
    expect(stack.store.getState().views.places).toEqual([]);
  });
});

describe('settings', () => {
  it('log the user out', async () => {
    window.history.replaceState(null, '', '/settings');
    await showSignedIn();
    await userEvent.click(await screen.findByRole('button', { name: 'Log out' }));
    expect(await screen.findByRole('button', { name: 'Sign in' })).toBeTruthy();
    // Who comes next does not land in the settings.
    await userEvent.type(await screen.findByLabelText('Handle'), 'ada');
    await userEvent.type(await screen.findByLabelText('Password'), 'right');
    await userEvent.click(await screen.findByRole('button', { name: 'Sign in' }));
    expect(await screen.findByText('No chats yet')).toBeTruthy();
    expect(window.location.pathname).toBe('/');
  });

  it('ask before what was not sent is lost with the session', async () => {
    stack.backend.add();
    window.history.replaceState(null, '', '/settings');
    await showSignedIn();
    stack.backend.sendFailures.push(503);
    act(() => {
      stack.store.dispatch(messageQueued(ADA.id, 'c1', 'not yet'));
      stack.store.dispatch(
        draftEdited({ conversationId: 'c1', text: 'half', editedAt: Date.now() + 1 }),
      );
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Log out' }));
    expect(screen.getByText('This would be lost: 1 unsent message and 1 draft.')).toBeTruthy();
    expect(stack.store.getState().session.status).toBe('authenticated');
  });
});

describe('what is to be known about this device', () => {
  it('is shown above the list and on the form', async () => {
    await showSignedIn();
    act(() => void stack.store.dispatch(storageChanged('not-kept')));
    expect((await screen.findByTestId('storage-status')).textContent).toContain('Not kept');
    act(() => void stack.store.dispatch(storageChanged('outdated')));
    expect(await screen.findByRole('button', { name: 'Reload' })).toBeTruthy();
    act(() => {
      stack.store.dispatch(sessionEnded('slept'));
      stack.store.dispatch(workLeft({ user: ADA, messages: 2, drafts: 0, kept: true }));
    });
    expect((await screen.findByTestId('left-work')).textContent).toContain('2 unsent messages');
  });
});
