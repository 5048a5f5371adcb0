import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { noteServerTime } from '@/lib/serverClock';
import { selectChat } from '@/store/selectors';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { App } from './App';
import { watchExpiry } from './expiry';

let stack: Stack;
let stop = () => undefined as void;

beforeEach(async () => {
  localStorage.clear();
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
});

afterEach(() => {
  stop();
  vi.useRealTimers();
});

async function show(path = '/chats/c1'): Promise<void> {
  window.history.replaceState(null, '', path);
  render(<App store={stack.store} />);
  await act(() => signIn(stack));
}

const DAY_MS = 86_400_000;
const texts = () =>
  screen
    .queryAllByTestId('message')
    .map((bubble) => bubble.querySelector('.bubble-text')?.textContent);
/** What the server's answers tell of its clock. */
const serverIs = (aheadMs: number) => {
  const date = new Date(Date.now() + aheadMs).toUTCString();
  noteServerTime(new Response(null, { headers: { date } }));
};

describe('a message that disappears', () => {
  it('is hidden at its time by the server’s clock, without a network', async () => {
    const expires_at = new Date(Date.now() + 10 * DAY_MS).toISOString();
    stack.backend.post({ text: 'stays' });
    stack.backend.post({ text: 'goes', expires_at });
    stack.backend.post({ text: 'an answer', reply_to: 'c1-2' });
    await show();
    await expect.poll(texts).toEqual(['stays', 'goes', 'an answer']);
    serverIs(0);
    stop = watchExpiry(stack.store);
    stop();
    expect(texts()).toHaveLength(3);

    // This device's clock is eleven days behind.
    const asked = stack.backend.requests.length;
    serverIs(11 * DAY_MS);
    act(() => {
      stop = watchExpiry(stack.store);
    });
    await expect.poll(texts).toEqual(['stays', 'an answer']);
    expect(stack.backend.requests.length).toBe(asked);
    expect(screen.queryByText('goes')).toBeNull();
    expect(screen.getByTestId('quote').textContent).not.toContain('goes');
    await stack.persistence.flush();
    expect(JSON.stringify(selectChat(stack.store.getState(), 'c1'))).not.toContain('"goes"');
  });

  it('is gone without a trace when the server says so, and the row says what was before', async () => {
    stack.backend.post({ text: 'stays' });
    stack.backend.post({ text: 'goes' });
    await show();
    await expect.poll(texts).toEqual(['stays', 'goes']);
    const { offset, event } = stack.backend.expire('c1-2');
    act(() => stack.hub.feed(offset, event));
    await expect.poll(texts).toEqual(['stays']);
    expect((await screen.findByTestId('chat-row')).textContent).toContain('stays');
    expect(screen.queryByText(/deleted/)).toBeNull();
  });
});

describe('a chat whose messages disappear', () => {
  it('is chosen in its info, and says so in its header, its field and between the messages', async () => {
    stack.backend.post({ text: 'hi' });
    await show('/chats/c1/info');
    await userEvent.click(
      await screen.findByRole('button', { name: /Disappearing messages: Off/ }),
    );
    await userEvent.click(await screen.findByRole('button', { name: '7 days' }));
    await screen.findByRole('button', { name: 'Disappearing messages: 7 days' });
    expect(stack.backend.room().conversation.disappear_s).toBe(604_800);
    const told = stack.backend.room().log.at(-1);
    if (told) act(() => stack.hub.feed(told.offset, told.event));
    act(() => window.history.pushState(null, '', '/chats/c1'));
    act(() => void window.dispatchEvent(new PopStateEvent('popstate')));
    expect(await screen.findByRole('img', { name: 'Disappearing messages: 7 days' })).toBeTruthy();
    expect((await screen.findByLabelText('Message')).getAttribute('placeholder')).toBe(
      'Message, kept for 7 days',
    );
    await screen.findByText('You turned on disappearing messages: new ones are kept for 7 days');
    const { offset, event } = stack.backend.keepFor(null, 'c1', 'ben');
    act(() => stack.hub.feed(offset, event));
    await screen.findByText('Ben Franklin turned off disappearing messages');
    expect(screen.queryByRole('img', { name: /Disappearing messages/ })).toBeNull();
  });

  it('is chosen by admins of a group alone', async () => {
    stack.backend.add({ id: 'c2', kind: 'group', title: 'Rooks', disappear_s: 86_400 });
    await show('/chats/c2/info');
    const line = await screen.findByRole<HTMLButtonElement>('button', {
      name: 'Disappearing messages: 24 hours',
    });
    expect(line.disabled).toBe(true);
  });
});
