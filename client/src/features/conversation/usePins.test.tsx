import { act, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { Provider } from 'react-redux';
import { expect, it, vi } from 'vitest';
import { chatFromSnapshot } from '@/model/chats/apply';
import { aConversation, BEN } from '@/testing/fixtures';
import { startStack } from '@/testing/stack';
import { usePins } from './usePins';

it('a pin goes when its time is over, without a word from anybody', async () => {
  const { store } = await startStack();
  vi.useFakeTimers({ now: Date.parse('2026-01-15T10:00:00Z') });
  const pin = (message_id: string, until: string) => ({ message_id, by: BEN.id, until });
  const pins = [pin('a', '2026-01-15T10:01:30Z'), pin('b', '2026-01-16T10:00:00Z')];
  const chat = chatFromSnapshot(aConversation({ pins }));
  const wrapper = ({ children }: { children: ReactNode }) => (
    <Provider store={store}>{children}</Provider>
  );
  const { result } = renderHook(() => usePins(chat), { wrapper });
  const shown = () => result.current.map(({ message_id }) => message_id);
  expect(shown()).toEqual(['b', 'a']);
  act(() => void vi.advanceTimersByTime(60_000));
  expect(shown()).toEqual(['b', 'a']);
  act(() => void vi.advanceTimersByTime(60_000));
  expect(shown()).toEqual(['b']);
});
