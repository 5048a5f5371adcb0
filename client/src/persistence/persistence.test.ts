import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { authApi } from '@/api/auth';
import { draftEdited } from '@/model/drafts';
import { messageQueued } from '@/model/outbox';
import { themeChosen } from '@/model/settings';
import { historyWanted } from '@/realtime/actions';
import { selectChat } from '@/store/selectors';
import { ADA, BEN } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, until, type Stack } from '@/testing/stack';
import { ALL_STORES, ONLY } from './db';
import { diff } from './middleware';

let stack: Stack;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
});

afterEach(() => void vi.useRealTimers());

async function openChat(): Promise<void> {
  await signIn(stack);
  stack.store.dispatch(historyWanted({ conversationId: 'c1', kind: 'latest' }));
  await until(() => selectChat(stack.store.getState(), 'c1')?.history !== null);
}

describe('storage', () => {
  it('shows after a reload what was there, before any answer', async () => {
    stack.backend.post();
    await openChat();
    stack.store.dispatch(draftEdited({ conversationId: 'c1', text: 'half a th', editedAt: 1 }));
    stack.store.dispatch(themeChosen('dark'));
    await stack.persistence.flush();

    const { store } = await startStack(stack.backend);
    const state = store.getState();
    expect(state.session).toMatchObject({ status: 'restoring', user: ADA, accessToken: null });
    expect(selectChat(state, 'c1')?.history?.messages).toHaveLength(1);
    expect(state.people.entities[BEN.id]).toEqual(BEN);
    expect(state.drafts.c1?.text).toBe('half a th');
    expect(state.settings.theme).toBe('dark');
    await until(() => store.getState().connection.status === 'online');
  });

  it('takes what was written at once: the page may go away', async () => {
    await openChat();
    await stack.persistence.flush();
    // From here on nothing comes that waits for a pause.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    stack.backend.sendFailures.push(503);
    stack.store.dispatch(messageQueued('c1', 'going into a tunnel'));
    const kept = async () => (await stack.db.getAll('outbox')).map((entry) => entry.text);
    for (let look = 0; look < 10 && (await kept()).length === 0; look += 1);
    expect(await kept()).toEqual(['going into a tunnel']);
  });

  it('never holds the access token', async () => {
    await openChat();
    await stack.persistence.flush();
    const stored = await Promise.all(ALL_STORES.map((store) => stack.db.getAll(store)));
    expect(JSON.stringify(stored)).not.toContain(stack.backend.token);
  });

  it('keeps a chat’s position with the messages it covers, and only the newest hundred', async () => {
    for (let index = 0; index < 150; index += 1) stack.backend.post();
    await openChat();
    while (selectChat(stack.store.getState(), 'c1')?.history?.hasMore) {
      const before = selectChat(stack.store.getState(), 'c1')?.history;
      stack.store.dispatch(historyWanted({ conversationId: 'c1', kind: 'older' }));
      await until(() => selectChat(stack.store.getState(), 'c1')?.history !== before);
    }
    await stack.persistence.flush();
    const stored = await stack.db.get('chats', 'c1');
    expect(stored?.position.offset).toBe(151);
    expect(stored?.history?.messages).toHaveLength(100);
    expect(stored?.history?.messages.at(-1)?.seq).toBe(150);
    expect(stored?.history?.hasMore).toBe(true);
  });

  it('is not set back by a tab that is behind', async () => {
    await openChat();
    await stack.persistence.flush();
    const stored = await stack.db.get('chats', 'c1');
    if (!stored) throw new Error('nothing stored');
    const ahead = { ...stored, position: { ...stored.position, offset: 99 } };
    await stack.db.put('chats', ahead);
    const { offset, event } = stack.backend.post();
    stack.hub.feed(offset, event);
    await stack.persistence.flush();
    expect((await stack.db.get('chats', 'c1'))?.position.offset).toBe(99);
  });

  it('is wiped when the user logs out, in every tab; the theme stays', async () => {
    await openChat();
    stack.store.dispatch(themeChosen('dark'));
    await stack.persistence.flush();
    const otherTab = await startStack(stack.backend);
    await stack.store.dispatch(authApi.endpoints.logout.initiate());
    await stack.persistence.flush();
    await until(() => otherTab.store.getState().session.status === 'anonymous');
    await otherTab.persistence.flush();
    for (const store of ['chats', 'people', 'outbox', 'drafts', 'user'] as const) {
      expect(await stack.db.count(store)).toBe(0);
    }
    expect(await stack.db.get('settings', ONLY)).toEqual({ theme: 'dark' });
    expect(stack.store.getState().chats.ids).toEqual([]);
  });
});

describe('what is written', () => {
  it('is what changed, and what is gone', () => {
    const kept = { id: 'a' };
    expect(diff({ a: kept, b: 1 }, { a: kept, c: 2 })).toEqual([
      { key: 'c', record: 2 },
      { key: 'b', record: undefined },
    ]);
  });
});
