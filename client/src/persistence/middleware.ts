/**
 * Write-behind of the state to IndexedDB: after a short pause everything that changed goes out in
 * one transaction; with what the user wrote, at once. Components and reducers know nothing of it.
 */
import type { Middleware } from '@reduxjs/toolkit';
import type { Chat } from '@/model/chats/types';
import { sessionEnded } from '@/model/session';
import type { AppDispatch } from '@/store/hooks';
import type { RootState } from '@/store/rootReducer';
import { ALL_STORES, ONLY, USER_STORES, type Database, type StoreName } from './db';

/** Long enough to gather a burst, short enough that a crash loses next to nothing. */
const WRITE_DELAY_MS = 150;
/** What a chat keeps on the device; older messages come from the server. */
const MESSAGES_KEPT = 100;

type Records = Record<string, unknown>;

/** What is stored where. Records are compared by identity, which the reducers preserve. */
const COLLECTIONS: Record<StoreName, (state: RootState) => Records> = {
  chats: (state) => state.chats.entities,
  people: (state) => state.people.entities,
  outbox: (state) => state.outbox.entities,
  drafts: (state) => state.drafts,
  user: (state) => (state.session.user ? { [ONLY]: state.session.user } : {}),
  settings: (state) => ({ [ONLY]: state.settings }),
};

const KEYED_OUTSIDE: ReadonlySet<StoreName> = new Set(['user', 'settings']);

interface Write {
  store: StoreName;
  key: string;
  /** Undefined: delete. */
  record: unknown;
}

/** What must be written so that storage goes from `before` to `now`. */
export function diff(before: Records, now: Records): { key: string; record: unknown }[] {
  if (before === now) return [];
  const changed = Object.entries(now)
    .filter(([key, record]) => before[key] !== record)
    .map(([key, record]) => ({ key, record }));
  const gone = Object.keys(before)
    .filter((key) => !(key in now))
    .map((key) => ({ key, record: undefined }));
  return [...changed, ...gone];
}

/** A chat with only the newest messages: the older ones are still on the server. */
export function trimmed(chat: Chat): Chat {
  const { history } = chat;
  if (!history || history.messages.length <= MESSAGES_KEPT) return chat;
  const messages = history.messages.slice(-MESSAGES_KEPT);
  const firstSeq = messages[0]?.seq ?? 0;
  const notices = history.notices.filter((notice) => notice.afterSeq >= firstSeq);
  return { ...chat, history: { ...history, messages, notices, hasMore: true } };
}

/** True if storage already has this chat at a later place: another tab was ahead of this one. */
function isOlder(chat: Chat, stored: Chat | undefined): boolean {
  return (
    stored !== undefined &&
    stored.position.epoch === chat.position.epoch &&
    stored.position.offset > chat.position.offset
  );
}

async function writeAll(db: Database, writes: Write[]): Promise<void> {
  const tx = db.transaction(ALL_STORES, 'readwrite');
  for (const { store, key, record } of writes) {
    const target = tx.objectStore(store);
    if (record === undefined) {
      void target.delete(key);
    } else if (store === 'chats') {
      const chat = record as Chat;
      const stored = await tx.objectStore('chats').get(key);
      if (!isOlder(chat, stored)) void tx.objectStore('chats').put(trimmed(chat));
    } else {
      void target.put(record as never, KEYED_OUTSIDE.has(store) ? key : undefined);
    }
  }
  await tx.done;
}

async function wipe(db: Database): Promise<void> {
  const tx = db.transaction(USER_STORES, 'readwrite');
  for (const store of USER_STORES) void tx.objectStore(store).clear();
  await tx.done;
}

export interface Persistence {
  middleware: Middleware<object, RootState, AppDispatch>;
  /** What was just restored is in storage already. */
  markStored: (state: RootState) => void;
  /** Writes at once; resolves when it is on the disk. */
  flush: () => Promise<void>;
}

export function createPersistence(db: Database | null): Persistence {
  let stored: RootState | null = null;
  let current: RootState | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  /** Transactions of this tab, one after the other. */
  let tail: Promise<void> = Promise.resolve();
  /** Other tabs of this browser share the storage, so they end their session together. */
  const tabs = db ? new BroadcastChannel('rookery') : null;

  const enqueue = (work: (db: Database) => Promise<void>): Promise<void> => {
    // A full disk must not stop the chat: the state in memory goes on.
    if (db) tail = tail.then(() => work(db)).catch(() => undefined);
    return tail;
  };

  function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const now = current;
    if (!now || stored === now) return tail;
    const before = stored;
    stored = now;
    const writes = ALL_STORES.flatMap((store) =>
      diff(before ? COLLECTIONS[store](before) : {}, COLLECTIONS[store](now)).map((write) => ({
        store,
        ...write,
      })),
    );
    return writes.length === 0 ? tail : enqueue((database) => writeAll(database, writes));
  }

  const middleware: Persistence['middleware'] = (store) => {
    tabs?.addEventListener('message', () => store.dispatch(sessionEnded()));
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') void flush();
    });
    window.addEventListener('pagehide', () => void flush());
    return (next) => (action) => {
      const hadUser = store.getState().session.user !== null;
      const result = next(action);
      current = store.getState();
      if (sessionEnded.match(action)) {
        if (hadUser) tabs?.postMessage('session ended');
        stored = current;
        void enqueue(wipe);
      } else if (current.outbox !== stored?.outbox) {
        // A page that goes away may not finish what it begins then.
        void flush();
      } else if (current !== stored) {
        timer ??= setTimeout(() => void flush(), WRITE_DELAY_MS);
      }
      return result;
    };
  };

  return {
    middleware,
    markStored: (state) => {
      stored = state;
      current = state;
    },
    flush,
  };
}
