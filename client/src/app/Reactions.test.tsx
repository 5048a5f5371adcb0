import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { ADA, BEN } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { bubble, choose } from '@/testing/timeline';
import { App } from './App';

let stack: Stack;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
  stack.backend.post({ text: 'shall we?' });
  stack.backend.post({ text: 'yes', sender_id: ADA.id });
  window.history.replaceState(null, '', '/chats/c1');
});

async function show(): Promise<void> {
  render(<App store={stack.store} />);
  await act(() => signIn(stack));
}

const chips = async (text: string) => within(await bubble(text)).queryByTestId('reactions');
const reactions = () => stack.backend.room().messages[0]?.reactions;

describe('a reaction', () => {
  it('is one tap away, takes the place of the one before, and is taken back by the same tap', async () => {
    await show();
    await choose('shall we?', 'React with 👍');
    expect((await chips('shall we?'))?.textContent).toBe('👍');
    await expect.poll(reactions).toMatchObject([{ emoji: '👍', user_ids: [ADA.id] }]);
    await choose('shall we?', 'React with 🙏');
    await expect.poll(reactions).toMatchObject([{ emoji: '🙏', count: 1 }]);
    await choose('shall we?');
    const mine = await screen.findByRole('button', { name: 'React with 🙏' });
    expect(mine.getAttribute('aria-pressed')).toBe('true');
    await userEvent.click(mine);
    expect(await chips('shall we?')).toBeNull();
    await expect.poll(reactions).toEqual([]);
  });

  it('waits for the network, and says why it was refused', async () => {
    stack.backend.refusals.push({ status: 503, code: 'unavailable' });
    await show();
    await choose('shall we?', 'React with 👍');
    expect((await chips('shall we?'))?.textContent).toBe('👍');
    expect(reactions()).toEqual([]);
    window.dispatchEvent(new Event('online'));
    await expect.poll(reactions).toMatchObject([{ emoji: '👍' }]);
    stack.backend.refusals.push({ status: 422, code: 'not_an_emoji' });
    await choose('shall we?', 'React with 😮');
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('does not know this emoji');
    expect((await chips('shall we?'))?.textContent).toBe('👍');
  });

  it('of others is counted, and who they are is told page by page', async () => {
    const by = (emoji: string, ...user_ids: string[]) => ({
      emoji,
      count: user_ids.length,
      user_ids,
    });
    stack.backend.membersPerPage = 1;
    await show();
    await bubble('shall we?');
    const told = stack.backend.react('c1-1', [by('👍', BEN.id, ADA.id)]);
    act(() => stack.hub.feed(told.offset, told.event));
    const summary = await screen.findByTestId('reactions');
    expect(summary.textContent).toBe('👍2');
    await userEvent.click(summary);
    const dialog = within(await screen.findByRole('dialog', { name: 'Reactions' }));
    expect(await dialog.findAllByTestId('reaction-of')).toHaveLength(1);
    await userEvent.click(await dialog.findByRole('button', { name: 'Show more' }));
    await expect.poll(() => dialog.getAllByTestId('reaction-of').length).toBe(2);
    await userEvent.click(await dialog.findByRole('button', { name: 'Take back' }));
    await expect.poll(reactions).toMatchObject([{ emoji: '👍', user_ids: [BEN.id] }]);
  });

  it('of the user in a large chat is told by their own log', async () => {
    await show();
    await bubble('shall we?');
    const event = { type: 'reaction.mine', conversation_id: 'c1', message_id: 'c1-1', emoji: '👍' };
    act(() => stack.hub.push('user:ada', event, 1));
    await choose('shall we?');
    const mine = await screen.findByRole('button', { name: 'React with 👍' });
    expect(mine.getAttribute('aria-pressed')).toBe('true');
  });
});

describe('a pinned message', () => {
  it('stands above the chat, on every device, until it is unpinned', async () => {
    await show();
    await choose('shall we?', 'Pin', '7 days');
    expect((await screen.findByTestId('pin-banner')).textContent).toContain('shall we?');
    const pins = () => stack.backend.room().conversation.pins;
    await expect.poll(() => pins()[0]?.message_id).toBe('c1-1');
    const until = Date.parse(pins()[0]?.until ?? '');
    expect(Math.round((until - Date.now()) / 3_600_000)).toBe(7 * 24);
    const { offset, event } = stack.backend.pin('c1-2', 86_400);
    await act(async () => {
      stack.hub.feed(offset - 1, stack.backend.room().log.at(-2)?.event);
      stack.hub.feed(offset, event);
      await Promise.resolve();
    });
    // The newest one first; choosing it goes there and brings the next.
    const banner = await screen.findByTestId('pin-banner');
    await expect.poll(() => banner.textContent).toContain('1 of 2:Youyes');
    await userEvent.click(banner);
    expect(banner.textContent).toContain('2 of 2:Ben Franklinshall we?');
    await choose('shall we?', 'Unpin');
    await expect.poll(() => pins().map(({ message_id }) => message_id)).toEqual(['c1-2']);
    await expect.poll(() => banner.textContent).toContain('1 of 1:Youyes');
  });

  it('is the fourth one too many', async () => {
    stack.backend.refusals.push({ status: 409, code: 'too_many_pins' });
    await show();
    await choose('shall we?', 'Pin', '24 hours');
    expect((await screen.findByRole('alert')).textContent).toContain('Three messages are pinned');
    expect(screen.queryByTestId('pin-banner')).toBeNull();
  });
});

describe('every other emoji', () => {
  it('is found by its name, for a reaction', async () => {
    await show();
    await choose('shall we?', 'More emoji');
    await userEvent.type(await screen.findByLabelText('Search emoji'), 'octopus');
    await userEvent.click(await screen.findByRole('gridcell', { name: 'Octopus' }));
    await expect.poll(reactions).toMatchObject([{ emoji: '🐙' }]);
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('goes into the text where the caret is', async () => {
    await show();
    const field = await screen.findByLabelText<HTMLTextAreaElement>('Message');
    await userEvent.type(field, 'so  it is');
    field.setSelectionRange(3, 3);
    await userEvent.click(await screen.findByRole('button', { name: 'Choose an emoji' }));
    await userEvent.type(await screen.findByLabelText('Search emoji'), 'octopus');
    await userEvent.click(await screen.findByRole('gridcell', { name: 'Octopus' }));
    expect(field.value).toBe('so 🐙 it is');
  });
});
