import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { WHOLE, zoomed } from '@/components/media/viewer/useZoom';
import { anAttachment, ADA } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { choose } from '@/testing/timeline';
import { App } from './App';

let stack: Stack;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
  window.history.replaceState(null, '', '/chats/c1');
  vi.stubGlobal('createImageBitmap', () =>
    Promise.resolve({ width: 640, height: 480, close: () => undefined }),
  );
});

async function show(): Promise<void> {
  render(<App store={stack.store} />);
  await act(() => signIn(stack));
}

function post(file: Parameters<typeof anAttachment>[0], text = '') {
  const attachment = anAttachment(file);
  stack.backend.attachments.set(attachment.id, attachment);
  return stack.backend.post({ text, attachment });
}

const bubbles = () => screen.findAllByTestId('message');
const messages = () => stack.backend.room().messages;
const fields = () => document.querySelectorAll<HTMLInputElement>('input[type=file]');
const row = async () => (await screen.findByTestId('chat-row')).textContent;

describe('what a message carries', () => {
  it('is shown as what it is, by links that are asked for together', async () => {
    post({ id: 'f1' }, 'at the sea');
    post({ id: 'f2', kind: 'video', name: 'waves.mp4', type: 'video/mp4' });
    post({ id: 'f3', kind: 'voice', name: 'v.ogg', duration_ms: 65_000, waveform: [10, 90] });
    post({ id: 'f4', kind: 'file', name: 'report.pdf', size: 1_400_000 });
    await show();
    const [picture, video, voice, file] = await bubbles();
    const image = await within(picture as HTMLElement).findByAltText('Photo');
    expect(image.getAttribute('src')).toBe('/media/f1?small');
    await within(video as HTMLElement).findByLabelText('Video');
    expect(within(voice as HTMLElement).getByText('1:05')).toBeTruthy();
    expect(file?.textContent).toContain('report.pdf');
    expect(file?.textContent).toContain('1.4 MB');
    expect(await row()).toContain('report.pdf');
    expect(stack.backend.count('POST media/links')).toBe(1);
  });

  it('is asked for once more when its link does not lead there, and then says so', async () => {
    post({ id: 'f1' });
    await show();
    for (const asked of [1, 2, 3]) {
      const image = await screen.findByAltText('Photo');
      await expect.poll(() => stack.backend.count('POST media/links')).toBe(asked);
      act(() => void image.dispatchEvent(new Event('error')));
    }
    await userEvent.click(await screen.findByRole('button', { name: 'Load again' }));
    await screen.findByAltText('Photo');
  });

  it('is no longer there for whoever may not load it', async () => {
    post({ id: 'f1' });
    stack.backend.attachments.clear();
    await show();
    await screen.findByText('No longer available');
  });

  it('has a word in the list and in a quote, and has no text to copy', async () => {
    post({ id: 'f1' });
    stack.backend.post({ text: 'lovely', reply_to: 'c1-1', sender_id: ADA.id });
    await show();
    expect((await screen.findByTestId('quote')).textContent).toContain('Photo');
    const [picture] = await bubbles();
    const options = { name: 'Message options' };
    await userEvent.click(within(picture as HTMLElement).getByRole('button', options));
    await screen.findByRole('button', { name: 'Reply' });
    expect(screen.queryByRole('button', { name: 'Copy' })).toBeNull();
  });

  it('is there from the beginning when it is forwarded', async () => {
    post({ id: 'f1' }, 'at the sea');
    stack.backend.add({ id: 'c2', title: 'Sailors', kind: 'group' });
    await show();
    let answer = () => {};
    stack.backend.held.set(
      'POST conversations/c2/messages',
      new Promise((resolve) => (answer = resolve)),
    );
    await choose('at the sea', 'Forward');
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.click(dialog.getByRole('button', { name: /Sailors/ }));
    await userEvent.click(dialog.getByRole('button', { name: /^Forward$/ }));
    await expect.poll(() => window.location.pathname).toBe('/chats/c2');
    const waiting = async () =>
      (await bubbles()).filter(({ dataset }) => dataset.status === 'queued');
    await expect.poll(async () => (await waiting()).length).toBe(1);
    const [first] = await waiting();
    const image = await within(first as HTMLElement).findByAltText('Photo');
    expect(image.getAttribute('src')).toBe('/media/f1?small');
    answer();
  });

  it('goes from the screen when the message is deleted for everyone', async () => {
    post({ id: 'f1' }, 'at the sea');
    await show();
    await screen.findByAltText('Photo');
    const { offset, event } = stack.backend.erase('c1-1');
    act(() => stack.hub.feed(offset, event));
    await expect.poll(() => screen.queryByAltText('Photo')).toBeNull();
    expect(await row()).not.toContain('Photo');
  });
});

describe('a picture', () => {
  it('is shown large with what was said of it; keys go to the others, and deletion closes it', async () => {
    post({ id: 'f1' }, 'the first');
    stack.backend.post({ text: 'between' });
    post({ id: 'f2', name: 'second.png' });
    await show();
    const [small] = await screen.findAllByRole('button', { name: 'Show the photo' });
    await userEvent.click(small as HTMLElement);
    const viewer = within(await screen.findByRole('dialog', { name: /Ben Franklin/ }));
    expect((await viewer.findByAltText('Photo')).getAttribute('src')).toBe('/media/f1');
    viewer.getByText('the first');
    expect(viewer.queryByRole('button', { name: 'Previous picture' })).toBeNull();
    await userEvent.click(viewer.getByRole('button', { name: 'Next picture' }));
    await expect.poll(() => viewer.getByAltText('Photo').getAttribute('src')).toBe('/media/f2');
    expect(viewer.queryByText('the first')).toBeNull();
    expect(viewer.queryByRole('button', { name: 'Next picture' })).toBeNull();
    viewer.getByRole('button', { name: 'Save the picture' }).focus();
    await userEvent.keyboard('{ArrowLeft}');
    await expect.poll(() => viewer.getByAltText('Photo').getAttribute('src')).toBe('/media/f1');
    await userEvent.keyboard('{ArrowRight}');
    await expect.poll(() => viewer.getByAltText('Photo').getAttribute('src')).toBe('/media/f2');
    const { offset, event } = stack.backend.erase('c1-3');
    act(() => stack.hub.feed(offset, event));
    await expect.poll(() => screen.queryByRole('dialog')).toBeNull();
  });

  it('is enlarged around what is pointed at, and never made smaller than the screen', () => {
    const at = { x: 100, y: -50 };
    const twice = zoomed(WHOLE, 2, at);
    expect(twice).toEqual({ zoom: 2, x: -100, y: 50 });
    expect(zoomed(twice, 0.1, at)).toEqual(WHOLE);
    expect(zoomed(twice, 100, at).zoom).toBe(6);
  });
});

describe('choosing files', () => {
  it('takes what the composer holds for the first caption, and sends all in order', async () => {
    await show();
    const field = await screen.findByLabelText<HTMLTextAreaElement>('Message');
    await userEvent.type(field, 'the first');
    await userEvent.upload(fields()[0] as HTMLInputElement, [
      new File(['one'], 'one.png', { type: 'image/png' }),
      new File(['two'], 'two.png', { type: 'image/png' }),
    ]);
    const sheet = within(await screen.findByRole('dialog', { name: '2 files' }));
    const caption = await sheet.findByLabelText<HTMLTextAreaElement>('Caption');
    expect(caption.value).toBe('the first');
    await userEvent.click(sheet.getByRole('button', { name: 'two.png' }));
    await userEvent.type(caption, 'the second');
    await userEvent.click(await sheet.findByRole('button', { name: 'Send 2 files' }));
    await expect
      .poll(() => messages().map(({ text }) => text))
      .toEqual(['the first', 'the second']);
    expect(messages().map(({ attachment }) => attachment?.name)).toEqual(['one.png', 'two.png']);
    expect(field.value).toBe('');
  });

  it('says what cannot be sent, and keeps what was typed when nothing is', async () => {
    await show();
    await screen.findByLabelText('Message');
    await userEvent.upload(fields()[1] as HTMLInputElement, new File([], 'nothing.txt'));
    const sheet = within(await screen.findByRole('dialog', { name: '1 file' }));
    expect((await sheet.findByRole('alert')).textContent).toContain('empty');
    const send = sheet.getByRole<HTMLButtonElement>('button', { name: /^Send/ });
    expect(send.disabled).toBe(true);
    await userEvent.type(sheet.getByLabelText('Caption'), 'not lost');
    await userEvent.click(sheet.getByRole('button', { name: 'Cancel' }));
    const field = await screen.findByLabelText<HTMLTextAreaElement>('Message');
    await expect.poll(() => field.value).toBe('not lost');
  });

  it('is not offered to somebody who has not accepted, nor while a message is edited', async () => {
    const { conversation } = stack.backend.room();
    conversation.awaits_other = true;
    await show();
    await screen.findByLabelText('Message');
    expect(screen.queryByRole('button', { name: 'Attach' })).toBeNull();
    expect(fields()).toHaveLength(0);
  });

  it('waits while a message is edited', async () => {
    stack.backend.post({ text: 'mine', sender_id: ADA.id, created_at: new Date().toISOString() });
    await show();
    await screen.findByRole('button', { name: 'Attach' });
    await choose('mine', 'Edit');
    expect(screen.queryByRole('button', { name: 'Attach' })).toBeNull();
  });
});
