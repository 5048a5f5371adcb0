import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { operationQueued } from '@/model/operations';
import { ADA, anAttachment } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { App } from './App';

let stack: Stack;
/** Calls whoever waits for the end of a list to come near. */
let near: (() => void)[];

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
  stack.backend.membersPerPage = 2;
  near = [];
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(seen: (entries: { isIntersecting: boolean }[]) => void) {
        near.push(() => seen([{ isIntersecting: true }]));
      }
      observe = () => undefined;
      disconnect = () => undefined;
    },
  );
});

function post(file: Parameters<typeof anAttachment>[0], createdAt: string, text = '') {
  const attachment = anAttachment(file);
  stack.backend.attachments.set(attachment.id, attachment);
  return stack.backend.post({ text, attachment, created_at: createdAt });
}

async function show(path = '/chats/c1/media'): Promise<void> {
  window.history.replaceState(null, '', path);
  render(<App store={stack.store} />);
  await act(() => signIn(stack));
}

const squares = () => screen.queryAllByRole('button', { name: /^(Photo|Video), / });
const asked = () => stack.backend.count('GET conversations/c1/media');

describe('all that was sent in a chat', () => {
  it('is found from its info: pictures and videos by month, page by page, and documents', async () => {
    post({ id: 'f1' }, '2026-01-05T10:00:00Z');
    post({ id: 'f2', kind: 'video', name: 'waves.mp4', type: 'video/mp4' }, '2026-02-05T10:00:00Z');
    post({ id: 'f3' }, '2026-02-06T10:00:00Z');
    post({ id: 'f4', kind: 'file', name: 'report.pdf' }, '2026-02-07T10:00:00Z');
    post({ id: 'f5', kind: 'voice', name: 'v.ogg' }, '2026-02-08T10:00:00Z');
    await show('/chats/c1/info');
    await userEvent.click(await screen.findByRole('link', { name: 'Media and documents' }));
    const february = await screen.findByRole('region', { name: 'February 2026' });
    expect(within(february).getAllByRole('button')).toHaveLength(2);
    expect(squares()).toHaveLength(2);
    act(() => near.forEach((call) => call()));
    await screen.findByRole('region', { name: 'January 2026' });
    expect(squares()).toHaveLength(3);
    act(() => near.forEach((call) => call()));
    expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
    await userEvent.click(screen.getByRole('tab', { name: 'Documents' }));
    const documents = await screen.findAllByTestId('document');
    expect(documents.map(({ textContent }) => textContent)).toEqual([
      expect.stringContaining('report.pdf'),
    ]);
  });

  it('is shown large, and leads to its message', async () => {
    post({ id: 'f1' }, '2026-02-05T10:00:00Z', 'at the sea');
    await show();
    await userEvent.click(
      (await screen.findAllByRole('button', { name: /^Photo, / }))[0] as Element,
    );
    const viewer = within(await screen.findByRole('dialog'));
    viewer.getByText('at the sea');
    await userEvent.click(viewer.getByRole('button', { name: 'Show in the chat' }));
    await expect.poll(() => window.location.pathname).toBe('/chats/c1');
    await screen.findByText('at the sea', { selector: '.bubble-text' });
  });

  it('loses what is deleted and gains what is sent, without asking again', async () => {
    post({ id: 'f1' }, '2026-02-05T10:00:00Z');
    await show();
    await expect.poll(() => squares().length).toBe(1);
    const fresh = anAttachment({ id: 'f2' });
    stack.backend.attachments.set('f2', fresh);
    const posted = stack.backend.post({ attachment: fresh, text: '' });
    act(() => stack.hub.feed(posted.offset, posted.event));
    await expect.poll(() => squares().length).toBe(2);
    for (const id of ['c1-1', 'c1-2']) {
      const { offset, event } = stack.backend.erase(id);
      act(() => stack.hub.feed(offset, event));
    }
    await screen.findByText('No photos or videos');
    expect(asked()).toBe(1);
  });

  it('goes at once when the chat is cleared', async () => {
    const last = post({ id: 'f1' }, '2026-02-05T10:00:00Z');
    await show();
    await waitFor(() => expect(squares()).toHaveLength(1));
    const upToSeq = last.event.type === 'message.posted' ? last.event.message.seq : 0;
    const clear = { kind: 'clear', upToSeq } as const;
    const chat = { conversationId: 'c1', messageId: 'c1' };
    act(() => void stack.store.dispatch(operationQueued(ADA.id, chat, clear)));
    expect(squares()).toHaveLength(0);
  });

  it('says what went wrong, and asks again', async () => {
    stack.backend.uploadFailures.push({ status: 503, code: 'busy' });
    await show();
    await userEvent.click(await screen.findByRole('button', { name: 'Try again' }));
    await screen.findByText('No photos or videos');
  });
});
