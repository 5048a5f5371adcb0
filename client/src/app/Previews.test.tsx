import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LinkPreview } from '@/api/types';
import { ADA, BEN, CAT } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { App } from './App';

let stack: Stack;

const MILLS: LinkPreview = {
  id: 'preview-1',
  url: 'example.org/mills',
  title: 'Mills',
  description: 'About mills',
  site_name: 'Millers',
  image: { width: 1200, height: 630 },
};

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add({ kind: 'group', title: 'Rooks', members: [ADA, BEN, CAT] });
  stack.backend.previews.set(MILLS.url, MILLS).set(MILLS.id, MILLS);
});

async function show(): Promise<void> {
  window.history.replaceState(null, '', '/chats/c1');
  render(<App store={stack.store} />);
  await act(() => signIn(stack));
}

const field = () => screen.findByRole<HTMLTextAreaElement>('textbox', { name: 'Message' });

describe('the page that a message links to', () => {
  it('is seen before it goes along', async () => {
    await show();
    await userEvent.type(await field(), 'see example.org/mills');
    const bar = await screen.findByTestId('composer-preview');
    expect(bar.textContent).toContain('MillsAbout mills');
    await userEvent.keyboard('{Enter}');
    const card = await screen.findByTestId('link-preview');
    expect(card.getAttribute('href')).toBe('https://example.org/mills');
    expect(card.textContent).toContain('Millers · example.org');
    expect(card.querySelector('img')?.getAttribute('src')).toBe(
      '/api/v1/link-previews/preview-1/image',
    );
    await waitFor(() => expect(stack.backend.room('c1').messages[0]?.preview).toEqual(MILLS));
    expect(screen.queryByTestId('composer-preview')).toBeNull();
  });

  it('is left out where its writer does not want it', async () => {
    await show();
    await userEvent.type(await field(), 'see example.org/mills');
    const bar = await screen.findByTestId('composer-preview');
    await userEvent.click(within(bar).getByRole('button', { name: 'Leave the preview out' }));
    expect(screen.queryByTestId('composer-preview')).toBeNull();
    await userEvent.type(await field(), ' now{Enter}');
    await waitFor(() => expect(stack.backend.room('c1').messages).toHaveLength(1));
    expect(stack.backend.room('c1').messages[0]?.preview).toBeNull();
  });

  it('goes with an edit that takes its address away', async () => {
    stack.backend.post({ text: 'see example.org/mills', preview: MILLS });
    await show();
    await screen.findByTestId('link-preview');
    const { offset, event } = stack.backend.edit('c1-1', 'see you');
    act(() => stack.hub.feed(offset, event));
    await waitFor(() => expect(screen.queryByTestId('link-preview')).toBeNull());
  });
});
