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
  const loading = useAppSelector((state) => state.chats.loads.c1);
  if (!known) throw new Error('no chat');
  const items = buildTimeline({
    chat: known,
    outbox: [],
    operations: {},
    selfId: ADA.id,
    dividers: [],
  });
  const list = { scrollToIndex } as unknown as Parameters<typeof useJump>[0]['list'];
  return { items, ...useJump({ chat: known, items, loading, list, onMoved, onMissing }) };
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

  it('that is older loads what is before it, and no more', async () => {
    const { result } = await show();
    const before = pages();
    act(() => result.current.jump('c1-30'));
    await expect.poll(() => result.current.flashed).toBe('c1-30');
    expect(pages() - before).toBe(2);
    expect(scrollToIndex).toHaveBeenCalledOnce();
    expect(onMissing).not.toHaveBeenCalled();
  });

  it('that nobody shows any more says so once everything was looked through', async () => {
    const { result } = await show();
    act(() => result.current.jump('c1-0'));
    await expect.poll(() => onMissing.mock.calls.length).toBe(1);
    expect(chat()?.history).toMatchObject({ hasMore: false });
    expect(scrollToIndex).not.toHaveBeenCalled();
  });

  it('that cannot be loaded says so, and a second wish asks again', async () => {
    const { result } = await show();
    stack.backend.pageFailures = 1;
    act(() => result.current.jump('c1-90'));
    await expect.poll(() => onMissing.mock.calls.length).toBe(1);
    act(() => result.current.jump('c1-90'));
    await expect.poll(() => result.current.flashed).toBe('c1-90');
    expect(onMissing).toHaveBeenCalledOnce();
  });
});
