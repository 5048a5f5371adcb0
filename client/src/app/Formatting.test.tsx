import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { messagesSeen } from '@/realtime/actions';
import { ADA, BEN, CAT } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { App } from './App';

let stack: Stack;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add({ kind: 'group', title: 'Rooks', members: [ADA, BEN, CAT] });
});

async function show(): Promise<void> {
  window.history.replaceState(null, '', '/chats/c1');
  render(<App store={stack.store} />);
  await act(() => signIn(stack));
}

const bubbles = () => screen.findAllByTestId('message');
const texts = async () =>
  (await bubbles()).map((bubble) => bubble.querySelector('.bubble-text')?.innerHTML);

describe('a text with marks', () => {
  it('is drawn with them, and is plain in the row, the quote and the announcement', async () => {
    stack.backend.post({ text: '*so* `<b>` it is' });
    stack.backend.post({ text: 'yes', reply_to: 'c1-1', sender_id: ADA.id });
    await show();
    expect((await texts())[0]).toBe('<strong>so</strong> <code>&lt;b&gt;</code> it is');
    const [, answer] = await bubbles();
    if (!answer) throw new Error('no answer');
    expect(within(answer).getByTestId('quote').textContent).toContain('so <b> it is');
    const { offset, event } = stack.backend.post({ text: '_slanted_' });
    act(() => stack.hub.feed(offset, event));
    await screen.findByText('Ben Franklin: slanted');
    expect(screen.getByTestId('chat-row').textContent).toContain('slanted');
    expect(screen.getByTestId('chat-row').textContent).not.toContain('_');
  });

  it('has lists, quotes and programs as such', async () => {
    stack.backend.post({ text: '> said\n2. two\n- dot\n```x = 1\ny```' });
    await show();
    expect((await texts())[0]).toBe(
      '<blockquote class="text-quote">said</blockquote>' +
        '<ol class="text-list"><li value="2">two</li></ol>' +
        '<ul class="text-list text-bullets"><li>dot</li></ul>' +
        '<pre class="text-code" dir="ltr"><code>x = 1\ny</code></pre>',
    );
  });

  it('has links that no mark takes apart', async () => {
    stack.backend.post({ text: '*see* https://example.org/_a_ now' });
    await show();
    const link = await screen.findByRole('link', { name: 'https://example.org/_a_' });
    expect(link.getAttribute('href')).toBe('https://example.org/_a_');
    expect((await texts())[0]).toMatch(/^<strong>see<\/strong> <a /);
  });
});

it('a long text is shown whole when it is asked for', async () => {
  stack.backend.post({ text: `${'word '.repeat(400)}end` });
  await show();
  const [bubble] = await bubbles();
  const shown = () => bubble?.querySelector('.bubble-text')?.textContent ?? '';
  expect(shown().length).toBeLessThan(900);
  await userEvent.click(await screen.findByRole('button', { name: 'Read more' }));
  expect(shown()).toContain('end');
  expect(screen.queryByRole('button', { name: 'Read more' })).toBeNull();
});

describe('a mention', () => {
  it('has the name of whom it names, and leads to them', async () => {
    const text = 'ask @ben and @ada, not @cat';
    stack.backend.post({ text, mentions: [BEN.id, ADA.id], sender_id: CAT.id });
    stack.backend.add({ id: 'c2' });
    await show();
    await expect.poll(async () => (await texts())[0]).toContain('Ben Franklin');
    const [bubble] = await bubbles();
    if (!bubble) throw new Error('no message');
    expect(bubble.querySelector('.mention-self')?.textContent).toContain('Ada Lovelace');
    expect(bubble.textContent).toContain('not @cat');
    await userEvent.click(within(bubble).getByRole('button', { name: /Ben Franklin/ }));
    await userEvent.click(await screen.findByRole('button', { name: /^Message .*Ben Franklin/ }));
    expect(window.location.pathname).toBe('/chats/c2');
  });

  it('is chosen by keyboard from those whose name or handle has what is typed', async () => {
    await show();
    const field = await screen.findByLabelText<HTMLTextAreaElement>('Message');
    await userEvent.type(field, 'hi @');
    const options = () => screen.queryAllByRole('option').map(({ textContent }) => textContent);
    expect(options()).toHaveLength(2);
    await userEvent.keyboard('STEV');
    expect(options()).toEqual([expect.stringContaining('Cat Stevens')]);
    expect(field.getAttribute('aria-activedescendant')).toBe(screen.getByRole('option').id);
    await userEvent.keyboard('{Escape}');
    expect(options()).toEqual([]);
    await userEvent.keyboard('{Backspace>5/}@{ArrowDown}{Enter}');
    await expect.poll(() => field.value).toBe('hi @cat ');
    expect(stack.backend.room().messages).toEqual([]);
  });

  it('is chosen by pointer, and offers nobody within a word', async () => {
    await show();
    const field = await screen.findByLabelText<HTMLTextAreaElement>('Message');
    await userEvent.type(field, 'mail a@');
    expect(screen.queryByRole('listbox')).toBeNull();
    await userEvent.type(field, ' @b');
    await userEvent.click(screen.getByRole('option', { name: /Ben Franklin/ }));
    await expect.poll(() => field.value).toBe('mail a@ @ben ');
  });

  it('goes out with the ids of those whom the text names', async () => {
    await show();
    await userEvent.type(await screen.findByLabelText('Message'), 'well @ben, @nobody{Enter}');
    await expect.poll(() => stack.backend.room().messages.at(-1)?.mentions).toEqual([BEN.id]);
    await expect.poll(async () => (await texts())[0]).toContain('Ben Franklin');
  });
});

describe('an unread message that names the user', () => {
  const badge = () => screen.queryByRole('img', { name: 'Mentions you' });
  const flashed = () => document.querySelector('.virtual-row-flashed')?.textContent;

  it('is shown in the row of a muted chat, and gone to from the one before', async () => {
    Object.assign(stack.backend.room().conversation, { muted_until: 'always' });
    stack.backend.post({ text: 'hi @ada', mentions: [ADA.id] });
    stack.backend.post({ text: 'well' });
    window.history.replaceState(null, '', '/');
    render(<App store={stack.store} />);
    await act(() => signIn(stack));
    await expect.poll(badge).toBeTruthy();
    const { offset, event } = stack.backend.post({ text: 'and @ada', mentions: [ADA.id] });
    act(() => stack.hub.feed(offset, event));
    await userEvent.click(screen.getByTestId('chat-row'));
    const next = await screen.findByRole('button', { name: /next message that mentions you/ });
    for (const text of ['hi @Ada', 'and @Ada', 'hi @Ada']) {
      await userEvent.click(next);
      await expect.poll(flashed).toContain(text.split(' ')[0]);
    }
    act(() => void stack.store.dispatch(messagesSeen({ conversationId: 'c1', seq: 3 })));
    await expect.poll(badge).toBeNull();
    expect(screen.queryByRole('button', { name: /next message that mentions you/ })).toBeNull();
  });
});
