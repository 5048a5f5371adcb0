import { act, fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sessionEnded } from '@/model/session';
import { plugIn, recorder } from '@/testing/microphone';
import { closeTab, forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { App } from './App';

let stack: Stack;
let shown: ReturnType<typeof render>;

async function show(): Promise<void> {
  shown = render(<App store={stack.store} />);
  await act(() => signIn(stack));
  await screen.findByLabelText('Message');
}

beforeEach(async () => {
  await forgetStorage();
  plugIn();
  stack = await startStack();
  stack.backend.add();
  window.history.replaceState(null, '', '/chats/c1');
  await show();
});

afterEach(() => vi.unstubAllGlobals());

const button = (name: string) => screen.findByRole('button', { name });
const press = async (name: string) => userEvent.click(await button(name));
const messages = () => stack.backend.room().messages;
const field = () => screen.queryByLabelText('Message');
const drafts = () => Object.values(stack.store.getState().drafts);

/** Begins to record, and has said something. */
async function speak(words: string): Promise<void> {
  await press('Record a voice message');
  await screen.findByRole('timer');
  recorder().said = words;
}

const uploaded = () =>
  [...stack.backend.uploads.values()].map(({ wanted, bytes }) => ({
    said: String.fromCharCode(...bytes),
    wanted,
  }));

describe('a voice message', () => {
  it('is recorded by a click, with its length and its waveform, and sent as what it is', async () => {
    await speak('good morning');
    await expect.poll(() => screen.getByRole('timer').textContent).not.toBe('');
    await press('Send');
    await expect.poll(() => messages().length).toBe(1);
    const [{ said, wanted } = {}] = uploaded();
    expect(said).toBe('good morning');
    expect(wanted).toMatchObject({ name: 'voice.ogg', type: 'audio/ogg', size: 12 });
    expect(wanted?.voice?.waveform.length).toBeLessThanOrEqual(64);
    expect(wanted?.client_upload_id).toBe(messages()[0]?.client_msg_id);
    expect(recorder().stream.stopped).toBe(true);
    await expect.poll(field).toBeTruthy();
  });

  it('waits for whoever leaves its chat, and says so in the list', async () => {
    await speak('half a word');
    act(() => window.history.replaceState(null, '', '/'));
    act(() => void window.dispatchEvent(new PopStateEvent('popstate')));
    await expect.poll(() => drafts()[0]?.voice?.size).toBe(11);
    expect(recorder().stream.stopped).toBe(true);
    await expect.poll(() => screen.getByTestId('chat-row').textContent).toContain('Voice message');
    await userEvent.click(screen.getByTestId('chat-row'));
    await button('Play');
    await press('Send');
    await expect.poll(() => uploaded()[0]?.said).toBe('half a word');
    await expect.poll(drafts).toEqual([]);
  });

  it('is heard and gone on with after a pause, and survives the page', async () => {
    await speak('first');
    await press('Pause the recording');
    await button('Play');
    await press('Go on recording');
    recorder().said = ', second';
    await press('Pause the recording');
    await expect.poll(() => drafts()[0]?.voice?.size).toBe(13);
    await stack.persistence.flush();
    shown.unmount();
    closeTab(stack);
    const { backend } = stack;
    stack = await startStack(backend);
    shown = render(<App store={stack.store} />);
    await act(() => signIn(stack));
    await button('Play');
    expect(field()).toBeNull();
    await press('Send');
    await expect.poll(() => uploaded()[0]?.said).toBe('first, second');
  });

  it('keeps the focus in its line from step to step', async () => {
    const focused = () => document.activeElement?.getAttribute('aria-label');
    await speak('by keyboard');
    await expect.poll(focused).toBe('Pause the recording');
    await userEvent.keyboard('{Enter}');
    await expect.poll(focused).toBe('Go on recording');
    await userEvent.keyboard('{Enter}');
    await expect.poll(focused).toBe('Pause the recording');
  });

  it('is deleted', async () => {
    await speak('never');
    await press('Pause the recording');
    await expect.poll(() => drafts().length).toBe(1);
    await press('Delete the recording');
    await expect.poll(field).toBeTruthy();
    await expect.poll(drafts).toEqual([]);
    expect(messages()).toEqual([]);
  });

  it('waits for whoever is signed out against their will', async () => {
    await speak('still here');
    act(() => void stack.store.dispatch(sessionEnded('lost')));
    await expect.poll(() => recorder().stream.stopped).toBe(true);
    await act(() => signIn(stack));
    await button('Play');
    await press('Send');
    await expect.poll(() => uploaded()[0]?.said).toBe('still here');
  });

  it('is held by a finger: it goes out when that leaves, and is deleted when that slides aside', async () => {
    const at = (clientX: number, clientY: number) => ({ touches: [{ clientX, clientY }] });
    let mic = await button('Record a voice message');
    fireEvent.touchStart(mic, at(300, 800));
    await screen.findByText('Slide to cancel');
    recorder().said = 'no';
    fireEvent.touchMove(mic, at(180, 800));
    await expect.poll(field).toBeTruthy();
    fireEvent.touchEnd(mic, { touches: [] });
    expect(uploaded()).toEqual([]);

    mic = await button('Record a voice message');
    const now = vi.spyOn(performance, 'now');
    fireEvent.touchStart(mic, at(300, 800));
    await screen.findByText('Slide to cancel');
    recorder().said = 'yes';
    now.mockReturnValue(performance.now() + 5_000);
    fireEvent.touchEnd(mic, { touches: [] });
    await expect.poll(() => uploaded()[0]?.said).toBe('yes');
  });

  it('says what to do where there is no microphone', async () => {
    plugIn('NotAllowedError');
    await press('Record a voice message');
    expect((await screen.findByRole('alert')).textContent).toContain('Allow it for this page');
    plugIn('NotFoundError');
    await press('Record a voice message');
    await expect.poll(() => screen.getByRole('alert').textContent).toContain('Connect one');
    await within(document.body).findByLabelText('Message');
  });
});
