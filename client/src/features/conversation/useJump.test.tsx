import { act, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { Provider } from 'react-redux';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { useAppSelector } from '@/store/hooks';
import { selectChat } from '@/store/selectors';
import { ADA } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, until, type Stack } from '@/testing/stack';
import { buildTimeline } from './timeline';
import { useJump } from './useJump';

const onMoved = vi.fn();
const onMissing = vi.fn();
const scrollToIndex = vi.fn();

let stack: Stack;
const chat = () => selectChat(stack.store.getState(), 'c1');
const pages = () => stack.backend.count('GET conversations/c1/messages');

/** What a chat's list does about jumping, without its layout. */
function useList() {
  const known = useAppSelector((state) => selectChat(state, 'c1'));
  const jumping = useAppSelector((state) => state.chats.jumps.c1);
  if (!known) throw new Error('no chat');
  const items = buildTimeline({
    chat: known,
    outbox: [],
    operations: {},
    selfId: ADA.id,
    dividers: [],
    past: known.past,
  });
  const list = { scrollToIndex } as unknown as Parameters<typeof useJump>[0]['list'];
  return { items, ...useJump({ chat: known, items, jumping, list, onMoved, onMissing }) };
}

const inStore = ({ children }: { children: ReactNode }) => (
  <Provider store={stack.store}>{children}</Provider>
);

/** A chat of 170 messages, whose newest page is here. */
async function show() {
  // The newest page is loaded ahead.
  await signIn(stack);
  await until(() => chat()?.history?.messages.length === 50);
  return renderHook(useList, { wrapper: inStore });
}

beforeEach(async () => {
  vi.resetAllMocks();
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
  for (let seq = 1; seq <= 170; seq += 1) stack.backend.post();
});

describe('going to a message', () => {
  it('that is here loads nothing', async () => {
    const { result } = await show();
    const before = pages();
    act(() => result.current.jump('c1-150'));
    await expect.poll(() => result.current.flashed).toBe('c1-150');
    const index = result.current.items.findIndex(
      (item) => item.type === 'message' && item.id === 'c1-150',
    );
    expect(scrollToIndex).toHaveBeenCalledExactlyOnceWith(index, { align: 'center' });
    expect(onMoved).toHaveBeenCalledOnce();
    expect(pages()).toBe(before);
    await expect.poll(() => result.current.flashed).toBeNull();
  });

  it('that is older loads what is around it, and no more', async () => {
    const { result } = await show();
    const before = pages();
    act(() => result.current.jump('c1-60'));
    await expect.poll(() => result.current.flashed).toBe('c1-60');
    expect(pages() - before).toBe(1);
    expect(scrollToIndex).toHaveBeenCalledOnce();
    expect(onMissing).not.toHaveBeenCalled();
    expect(chat()?.past?.messages[0]?.seq).toBe(35);
    expect(chat()?.history?.messages[0]?.seq).toBe(121);
  });

  it('that is in the tail leaves the older ones, and loads nothing', async () => {
    const { result } = await show();
    act(() => result.current.jump('c1-60'));
    await expect.poll(() => result.current.flashed).toBe('c1-60');
    const before = pages();
    act(() => result.current.jump('c1-160'));
    await expect.poll(() => result.current.flashed).toBe('c1-160');
    expect(pages()).toBe(before);
    expect(chat()?.past).toBeNull();
  });

  it('wins over one that was wanted before and comes later', async () => {
    const { result } = await show();
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    stack.backend.held.set('GET conversations/c1/messages', held);
    act(() => result.current.jump('c1-30'));
    act(() => result.current.jump('c1-80'));
    stack.backend.held.clear();
    release();
    await expect.poll(() => result.current.flashed).toBe('c1-80');
    expect(chat()?.past?.messages[0]?.seq).toBe(55);
    expect(onMissing).not.toHaveBeenCalled();
  });

  it('that nobody shows any more says so', async () => {
    const { result } = await show();
    act(() => result.current.jump('c1-0'));
    await expect.poll(() => onMissing.mock.calls).toEqual([['gone']]);
    expect(chat()?.past).toBeNull();
    expect(scrollToIndex).not.toHaveBeenCalled();
  });

  it('that cannot be loaded says so, and a second wish asks again', async () => {
    const { result } = await show();
    stack.backend.pageFailures = 1;
    act(() => result.current.jump('c1-90'));
    await expect.poll(() => onMissing.mock.calls).toEqual([['failed']]);
    act(() => result.current.jump('c1-90'));
    await expect.poll(() => result.current.flashed).toBe('c1-90');
    expect(onMissing).toHaveBeenCalledOnce();
  });
});
