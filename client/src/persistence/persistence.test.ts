import { openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { authApi } from '@/api/auth';
import { refreshSession } from '@/api/baseApi';
import { draftEdited } from '@/model/drafts';
import { messageQueued } from '@/model/outbox';
import { sessionEnded } from '@/model/session';
import { themeChosen } from '@/model/settings';
import { historyWanted, messageWanted } from '@/realtime/actions';
import { selectChat, selectOutbox } from '@/store/selectors';
import { ADA, BEN } from '@/testing/fixtures';
import {
  closeTab,
  forgetStorage,
  signIn,
  signInTo,
  startStack,
  until,
  type Stack,
} from '@/testing/stack';
import { deviceRecord, dumpAll, putStored, storedOf } from '@/testing/storage';
import { ONLY } from './database';
import { type StoredChat } from './records';
import { told } from './tabs';

let stack: Stack;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const write = (text: string, { store } = stack) =>
  store.dispatch(messageQueued(ADA.id, 'c1', text)).payload;
const texts = ({ store } = stack) => selectOutbox(store.getState()).map((entry) => entry.text);
const session = ({ store } = stack) => store.getState().session;
const seqs = ({ store } = stack) =>
  selectChat(store.getState(), 'c1')?.history?.messages.map((message) => message.seq);

const openChat = (tab = stack) => signInTo('c1', tab);

/** The same browser after a reload; nothing of the former page goes on. */
async function reload(): Promise<Stack> {
  await stack.persistence.flush();
  closeTab(stack);
  stack = await startStack(stack.backend);
  return stack;
}

describe('storage', () => {
  it('shows after a reload what was there, before any answer', async () => {
    stack.backend.post();
    await openChat();
    stack.store.dispatch(draftEdited({ conversationId: 'c1', text: 'half a th', editedAt: 1 }));
    stack.store.dispatch(themeChosen('dark'));
    await reload();
    const state = stack.store.getState();
    expect(state.session).toMatchObject({ status: 'restoring', user: ADA, accessToken: null });
    expect(seqs()).toEqual([1]);
    expect(state.people.entities[BEN.id]).toEqual(BEN);
    expect(state.drafts.c1?.text).toBe('half a th');
    expect(state.settings.theme).toBe('dark');
    await until(() => stack.store.getState().connection.status === 'online');
  });

  it('takes what was written at once: the page may go away', async () => {
    await openChat();
    await stack.persistence.flush();
    // From here on nothing comes that waits for a pause.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    stack.backend.sendFailures.push(503);
    write('going into a tunnel');
    const kept = async () => (await storedOf(ADA.id, 'outbox')).map((entry) => entry.text);
    for (let look = 0; look < 10 && (await kept()).length === 0; look += 1);
    expect(await kept()).toEqual(['going into a tunnel']);
  });

  it('never holds the access token', async () => {
    await openChat();
    await stack.persistence.flush();
    expect(await dumpAll()).not.toContain(stack.backend.token);
  });

  it('holds messages one by one, and only the newest hundred of a chat', async () => {
    for (let index = 0; index < 150; index += 1) stack.backend.post();
    await openChat();
    while (selectChat(stack.store.getState(), 'c1')?.history?.hasMore) {
      const before = seqs()?.length;
      stack.store.dispatch(historyWanted({ conversationId: 'c1', kind: 'older' }));
      await until(() => seqs()?.length !== before);
    }
    await stack.persistence.flush();
    expect(await storedOf(ADA.id, 'messages')).toHaveLength(100);
    const { offset, event } = stack.backend.post();
    stack.hub.feed(offset, event);
    await stack.persistence.flush();
    const kept = (await storedOf<{ seq: number }>(ADA.id, 'messages')).map(({ seq }) => seq);
    expect(kept.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, at) => at + 52));
    const [chat] = await storedOf<StoredChat>(ADA.id, 'chats');
    expect(chat).toMatchObject({
      position: { offset: 152 },
      history: { firstSeq: 52, lastSeq: 151, hasMore: true },
    });
    await reload();
    expect(seqs()).toHaveLength(100);
  });

  it('holds of a chat its tail alone, wherever its reader has gone', async () => {
    for (let index = 0; index < 300; index += 1) stack.backend.post();
    await openChat();
    stack.store.dispatch(messageWanted({ conversationId: 'c1', messageId: 'c1-40' }));
    const chat = () => selectChat(stack.store.getState(), 'c1');
    await until(() => chat()?.past !== null);
    const { offset, event } = stack.backend.post();
    stack.hub.feed(offset, event);
    await stack.persistence.flush();
    const tail = Array.from({ length: 51 }, (_, at) => at + 251);
    const kept = (await storedOf<{ seq: number }>(ADA.id, 'messages')).map(({ seq }) => seq);
    expect(kept.sort((a, b) => a - b)).toEqual(tail);
    await reload();
    expect(seqs()).toEqual(tail);
    expect(chat()).toMatchObject({ past: null, history: { hasMore: true } });
  });

  it('is not set back by a tab that is behind', async () => {
    await openChat();
    await stack.persistence.flush();
    const [stored] = await storedOf<StoredChat>(ADA.id, 'chats');
    if (!stored) throw new Error('nothing stored');
    await putStored(ADA.id, 'chats', { ...stored, position: { ...stored.position, offset: 99 } });
    const { offset, event } = stack.backend.post();
    stack.hub.feed(offset, event);
    await stack.persistence.flush();
    const [after] = await storedOf<StoredChat>(ADA.id, 'chats');
    expect(after?.position.offset).toBe(99);
    expect(await storedOf(ADA.id, 'messages')).toEqual([]);
  });
});

describe('storage that does not work', () => {
  it('is tried again with all that changed since, and the user hears of it', async () => {
    await openChat();
    await stack.persistence.flush();
    const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('the disk is full', 'QuotaExceededError');
    });
    stack.backend.sendFailures.push(503, 503, 503, 503);
    write('first');
    await until(() => stack.store.getState().storage.status === 'not-kept');
    write('second');
    put.mockRestore();
    await until(() => stack.store.getState().storage.status === 'kept');
    const kept = await storedOf(ADA.id, 'outbox');
    expect(kept.map((entry) => entry.text)).toEqual(['first', 'second']);
  });

  it('does not keep the app from starting', async () => {
    await openChat();
    await stack.persistence.flush();
    closeTab(stack);
    vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException('not in this window', 'SecurityError');
    });
    const bare = await startStack(stack.backend);
    expect(bare.store.getState().storage.status).toBe('not-kept');
    await signIn(bare);
    expect(selectChat(bare.store.getState(), 'c1')).toBeDefined();
  });

  it('drops what it cannot read, and nothing else', async () => {
    stack.backend.add({ id: 'c2' });
    stack.backend.post();
    stack.backend.post();
    await openChat();
    await stack.persistence.flush();
    await putStored(ADA.id, 'chats', { id: 'c2', position: 'lost' });
    await putStored(ADA.id, 'outbox', { clientMsgId: 'x', text: 7 });
    await putStored(ADA.id, 'messages', { id: 'c1-1', conversation_id: 'c1', seq: 1 });
    vi.spyOn(IDBObjectStore.prototype, 'getAll').mockImplementation(() => {
      throw new DOMException('a record is damaged', 'DataError');
    });
    await reload();
    expect(stack.store.getState().chats.ids).toEqual(['c1']);
    expect(texts()).toEqual([]);
    // Message 1 cannot be read: what is above the hole comes from the server again.
    expect(seqs()).toEqual([2]);
    expect(selectChat(stack.store.getState(), 'c1')?.history?.hasMore).toBe(true);
    await until(() => selectChat(stack.store.getState(), 'c2') !== undefined);
  });

  it('is left to a newer version of the app in another tab, after the last word', async () => {
    await openChat();
    await stack.persistence.flush();
    stack.store.dispatch(draftEdited({ conversationId: 'c1', text: 'last words', editedAt: 1 }));
    const newer = await openDB(`rookery:${ADA.id}`, 99);
    expect(stack.store.getState().storage.status).toBe('outdated');
    expect(await newer.getAll('drafts')).toMatchObject([{ text: 'last words' }]);
    closeTab(stack);
    const older = await startStack(stack.backend);
    expect(older.store.getState().storage.status).toBe('outdated');
    await signIn(older);
    expect(selectChat(older.store.getState(), 'c1')).toBeDefined();
    newer.close();
  });
});

describe('a session that ends', () => {
  it('by the user’s wish takes everything along, in every tab; the theme stays', async () => {
    await openChat();
    stack.store.dispatch(themeChosen('dark'));
    stack.backend.sendFailures.push(503);
    write('never mind');
    await stack.persistence.flush();
    const otherTab = await startStack(stack.backend);
    await stack.store.dispatch(authApi.endpoints.logout.initiate());
    await stack.persistence.flush();
    await until(() => session(otherTab).status === 'anonymous');
    await otherTab.persistence.flush();
    for (const store of ['session', 'chats', 'messages', 'people', 'outbox', 'drafts']) {
      expect(await storedOf(ADA.id, store)).toEqual([]);
    }
    expect(await deviceRecord('settings', ONLY)).toMatchObject({ theme: 'dark' });
    expect(await deviceRecord('device', 'user')).toBeUndefined();
    expect(stack.store.getState().chats.ids).toEqual([]);
  });

  it('by the user’s wish is that also where another tab finds first that it is over', async () => {
    await openChat();
    stack.backend.sendFailures.push(503);
    write('never mind');
    await stack.persistence.flush();
    const leaving = stack.store.dispatch(authApi.endpoints.logout.initiate());
    stack.store.dispatch(told(sessionEnded('lost')));
    await leaving;
    await stack.persistence.flush();
    for (const store of ['session', 'outbox']) {
      expect(await storedOf(ADA.id, store)).toEqual([]);
    }
    expect(session()).toMatchObject({ ended: { end: 'signed-out' }, left: null });
  });

  it('by the user’s wish takes along what another tab has kept meanwhile', async () => {
    await openChat();
    stack.backend.sendFailures.push(503);
    write('never mind');
    await stack.persistence.flush();
    const otherTab = await startStack(stack.backend);
    await until(() => otherTab.store.getState().connection.status === 'online');
    const leaving = stack.store.dispatch(authApi.endpoints.logout.initiate());
    otherTab.store.dispatch(sessionEnded('lost'));
    await leaving;
    await until(() => session(otherTab).ended?.end === 'signed-out');
    await Promise.all([stack.persistence.flush(), otherTab.persistence.flush()]);
    expect(session(otherTab).left).toBeNull();
    expect(await deviceRecord('device', 'left')).toBeUndefined();
    for (const store of ['session', 'outbox']) {
      expect(await storedOf(ADA.id, store)).toEqual([]);
    }
  });

  it('against their will keeps what they wrote, says so, and sends it when they are back', async () => {
    await openChat();
    stack.backend.sendFailures.push(503);
    write('kept for me');
    stack.store.dispatch(draftEdited({ conversationId: 'c1', text: 'half', editedAt: 1 }));
    stack.backend.signedIn = false;
    await refreshSession(stack.store);
    await until(() => session().left !== null);
    expect(session()).toMatchObject({
      status: 'anonymous',
      left: { user: ADA, messages: 1, drafts: 1, kept: true },
    });
    expect(texts()).toEqual([]);
    expect(await storedOf(ADA.id, 'messages')).toEqual([]);
    expect(await storedOf(ADA.id, 'chats')).toEqual([]);

    await reload();
    expect(session()).toMatchObject({ status: 'unknown', left: { messages: 1, drafts: 1 } });
    stack.backend.login();
    await signIn(stack);
    await until(() => stack.backend.room().messages.at(-1)?.text === 'kept for me');
    expect(stack.store.getState().drafts.c1?.text).toBe('half');
    expect(session().left).toBeNull();
    expect(await deviceRecord('device', 'left')).toBeUndefined();
  });

  it('keeps it as long as the page where nothing can be stored', async () => {
    await openChat();
    await stack.persistence.flush();
    stack.backend.sendFailures.push(503);
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(() => {
      throw new DOMException('gone', 'UnknownError');
    });
    vi.useFakeTimers({ toFake: ['setTimeout'], shouldAdvanceTime: true, advanceTimeDelta: 100 });
    write('in memory');
    stack.backend.signedIn = false;
    await refreshSession(stack.store);
    await vi.advanceTimersByTimeAsync(10_000);
    await vi.waitFor(() => expect(session().left).toMatchObject({ messages: 1, kept: false }));
    stack.backend.login();
    await refreshSession(stack.store);
    await vi.advanceTimersByTimeAsync(10_000);
    await vi.waitFor(() => expect(stack.backend.room().messages.at(-1)?.text).toBe('in memory'));
  });

  it('because somebody else signed in leaves each their own', async () => {
    await openChat();
    stack.backend.sendFailures.push(503);
    write('from Ada');
    stack.backend.login(BEN);
    await refreshSession(stack.store);
    await until(() => stack.store.getState().connection.status === 'online');
    await stack.persistence.flush();
    expect(session()).toMatchObject({ user: BEN, left: { user: ADA, messages: 1 } });
    expect(texts()).toEqual([]);
    await reload();
    expect(session().user).toEqual(BEN);
    await until(() => stack.store.getState().connection.status === 'online');
    expect(stack.backend.room().messages).toEqual([]);
    stack.backend.login(ADA);
    await refreshSession(stack.store);
    await until(() => stack.backend.room().messages.length === 1);
    expect(stack.backend.room().messages[0]).toMatchObject({ sender_id: ADA.id, text: 'from Ada' });
  });
});

/** What the next tab is told waits from `begin` to `end`, as in a page that the browser froze. */
function freezeNextTab() {
  const waiting: (() => void)[] = [];
  let frozen = false;
  const Channel = BroadcastChannel;
  class FreezableChannel {
    readonly #channel: BroadcastChannel;
    constructor(name: string) {
      this.#channel = new Channel(name);
    }
    addEventListener(type: 'message', listener: (event: MessageEvent) => void): void {
      this.#channel.addEventListener(type, (event) => {
        if (frozen) waiting.push(() => listener(event));
        else listener(event);
      });
    }
    postMessage(message: unknown): void {
      this.#channel.postMessage(message);
    }
    close(): void {
      this.#channel.close();
    }
  }
  vi.stubGlobal('BroadcastChannel', FreezableChannel);
  return {
    begin: () => {
      frozen = true;
    },
    end: () => {
      frozen = false;
      for (const hear of waiting) hear();
    },
  };
}

describe('tabs of one browser', () => {
  it('share what is written: drafts, and the text that was sent', async () => {
    await openChat();
    await stack.persistence.flush();
    const other = await startStack(stack.backend);
    await until(() => other.store.getState().connection.status === 'online');
    const draft = (tab: Stack) => tab.store.getState().drafts.c1?.text;
    const edit = (tab: Stack, text: string) =>
      tab.store.dispatch(draftEdited({ conversationId: 'c1', text, editedAt: Date.now() }));
    edit(stack, 'from one');
    await until(() => draft(other) === 'from one');
    edit(other, 'from one and two');
    await until(() => draft(stack) === 'from one and two');
    write('from one and two');
    await until(() => draft(other) === '');
    await Promise.all([stack.persistence.flush(), other.persistence.flush()]);
    // That it is over is still to be told.
    expect(await storedOf(ADA.id, 'drafts')).toMatchObject([{ text: '', kept: false }]);
    await until(() => stack.backend.room().messages.length === 1);
  });

  it.each([
    ['first writes', true],
    ['first hears', false],
  ])(
    'that slept through a sign-out and %s changes nothing of the next session',
    async (_, writes) => {
      await openChat();
      await stack.persistence.flush();
      const sleep = freezeNextTab();
      const sleeper = await startStack(stack.backend);
      await until(() => sleeper.store.getState().connection.status === 'online');
      // A tab that is frozen writes nothing later by itself.
      await sleeper.persistence.flush();
      sleep.begin();
      const ended = session().id;
      await stack.store.dispatch(authApi.endpoints.logout.initiate());
      await stack.store.dispatch(
        authApi.endpoints.login.initiate({ handle: 'ada', password: 'right' }),
      );
      await until(() => stack.store.getState().connection.status === 'online');
      await stack.persistence.flush();
      expect(session().id).not.toBe(ended);

      // It wakes with something that it has not written yet, and with what it was told meanwhile.
      sleeper.store.dispatch(draftEdited({ conversationId: 'c1', text: 'stale', editedAt: 1 }));
      if (writes) await sleeper.persistence.flush();
      sleep.end();
      await until(() => session(sleeper).id === session().id);
      await Promise.all([stack.persistence.flush(), sleeper.persistence.flush()]);
      for (const tab of [stack, sleeper]) {
        expect(session(tab)).toMatchObject({ status: 'authenticated', user: ADA });
      }
      expect(await storedOf(ADA.id, 'chats')).toHaveLength(1);
      expect(await storedOf(ADA.id, 'drafts')).toEqual([]);
    },
  );

  it('become the next user’s together', async () => {
    await openChat();
    await stack.persistence.flush();
    const other = await startStack(stack.backend);
    await until(() => other.store.getState().connection.status === 'online');
    stack.backend.account = BEN;
    await stack.store.dispatch(
      authApi.endpoints.login.initiate({ handle: 'ben', password: 'right' }),
    );
    await until(() => session(other).user?.id === BEN.id);
    expect(session().user).toEqual(BEN);
  });
});
