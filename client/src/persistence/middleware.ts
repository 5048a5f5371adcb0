/**
 * The one way between the state and what this device stores. The state is restored at the start and
 * written behind (`writer`); what a session leaves when it ends depends on why it ended; and tabs of
 * one browser are told what they must know of each other (`tabs`). Components and reducers know
 * nothing of it, and the app works the same where nothing can be stored.
 */
import { isAnyOf, type Middleware, type UnknownAction } from '@reduxjs/toolkit';
import { authApi } from '@/api/auth';
import { refreshSession } from '@/api/baseApi';
import type { User } from '@/api/types';
import { attempts } from '@/lib/attempts';
import { dropSharedFiles } from '@/lib/sharedCache';
import { sessionIdOf } from '@/lib/token';
import { chatsRestored } from '@/model/chats/slice';
import { draftsRestored, hasDraft } from '@/model/drafts';
import { operationsRestored } from '@/model/operations';
import { outboxRestored } from '@/model/outbox';
import { peopleRestored } from '@/model/people';
import {
  sessionEnded,
  sessionRestored,
  sessionStarted,
  workLeft,
  type SessionEnd,
} from '@/model/session';
import { settingsRestored } from '@/model/settings';
import { storageChanged, type StorageStatus } from '@/model/storage';
import { topicsRestored } from '@/model/topics';
import type { AppDispatch } from '@/store/hooks';
import type { RootState } from '@/store/rootReducer';
import type { StoreApi } from '@/store/storeApi';
import { Outdated } from './database';
import { DeviceStore } from './deviceStore';
import { closeFiles } from './files';
import { isTold, openTabs, told, type TabMessage } from './tabs';
import { UserStore, type Unsent } from './userStore';
import { batchOf, keptOf, NOTHING, unsentOf, Writer } from './writer';

/** How often what happens once is tried: taking a store, leaving it, wiping it. */
const ATTEMPTS = 3;

/** By a form, not by a cookie: only this can make the browser somebody else's. */
const signedIn = isAnyOf(
  authApi.endpoints.login.matchFulfilled,
  authApi.endpoints.register.matchFulfilled,
);

/** The session this tab is in, and where its user's data goes. */
interface Current {
  user: User;
  sessionId: string;
  store: UserStore;
  /** Null until the store has been read: nothing is written over what is not known. */
  writer: Writer | null;
}

function createKeeper(api: StoreApi) {
  let current: Current | null = null;
  /** What happens once per session, in its order. */
  let tail: Promise<void> = Promise.resolve();
  /** Unsent work that no storage took, by user: it lasts as long as the page. */
  const unstored = new Map<string, Unsent>();
  /**
   * The session whose user has asked to sign out. Another tab, or another answer, may say first
   * that it is over: it is their wish all the same.
   */
  let leaving: string | null = null;

  const report = (status: StorageStatus) => {
    if (api.getState().storage.status !== status) api.dispatch(storageChanged(status));
  };
  /** A newer page takes the storage over, after what this one still has to write. */
  const onOutdated = async () => {
    await current?.writer?.flush();
    report('outdated');
  };
  const failed = (error: unknown) => report(error instanceof Outdated ? 'outdated' : 'not-kept');
  const device = new DeviceStore(onOutdated);
  const tabs = openTabs(heard);

  function inTurn(task: () => Promise<void>): Promise<void> {
    tail = tail.then(task).catch(failed);
    return tail;
  }

  function write(session: Current, stored: ReturnType<typeof keptOf>): void {
    session.writer = new Writer(session.store, session.sessionId, stored, {
      onStatus: report,
      onRefused: () => startOver(session),
    });
  }

  /** This tab missed how its session ended; the server knows which one there is now. */
  function startOver(session: Current): void {
    if (current !== session) return;
    api.dispatch(sessionEnded('slept'));
    void refreshSession(api);
  }

  /** A session has begun in this tab: its user's store is read before it is written. */
  function enter(user: User, sessionId: string): void {
    if (current?.user.id === user.id && current.sessionId === sessionId) return;
    current?.writer?.stop();
    const session: Current = {
      user,
      sessionId,
      store: new UserStore(user.id, onOutdated),
      writer: null,
    };
    current = session;
    void inTurn(async () => {
      if (current !== session) return;
      const waiting = unstored.get(user.id);
      const unsent = await attempts(ATTEMPTS, () => session.store.take(user, sessionId)).catch(
        (error: unknown) => {
          failed(error);
          return null;
        },
      );
      if (current !== session) return;
      unstored.delete(user.id);
      for (const found of [unsent, waiting]) {
        if (!found) continue;
        api.dispatch(draftsRestored(found.drafts));
        api.dispatch(outboxRestored(found.outbox));
        api.dispatch(operationsRestored(found.operations));
      }
      if (!unsent) return;
      const { outbox, operations, drafts } = unsent;
      write(session, {
        ...NOTHING,
        outbox: Object.fromEntries(outbox.map((entry) => [entry.clientMsgId, entry])),
        operations: Object.fromEntries(operations.map((done) => [done.opId, done])),
        drafts: Object.fromEntries(drafts.map((draft) => [draft.conversationId, draft])),
      });
      session.writer?.note(api.getState());
      await device.signedIn(user);
    });
  }

  /** The session has ended; `before` is the state in which it was. */
  function exit(heard: SessionEnd, before: RootState, told: boolean): void {
    const session = current;
    if (!session) return;
    current = null;
    session.writer?.stop();
    const { user, sessionId, store } = session;
    const wished = sessionId === leaving;
    const end = wished ? 'signed-out' : heard;
    const here = wished || !told;
    if (here && end !== 'slept') {
      tabs.post({ kind: 'ended', userId: user.id, sessionId, end });
    }
    if (end === 'signed-out') {
      unstored.delete(user.id);
      // One tab does it for all.
      if (here) void inTurn(() => wipe(session));
    } else if (end !== 'slept') {
      const unsent = unsentOf(before);
      const stored = session.writer?.stored ?? NOTHING;
      const { outbox, operations, drafts } = batchOf(stored, keptOf(before));
      void inTurn(async () => {
        const kept = await attempts(ATTEMPTS, () =>
          store.leave(sessionId, { outbox, operations, drafts }),
        ).catch(() => null);
        if (!kept) unstored.set(user.id, unsent);
        const { outbox: entries, operations: done, drafts: texts } = kept ?? unsent;
        const left = {
          user,
          messages: entries.filter((entry) => entry.state !== 'accepted').length + done.length,
          drafts: texts.filter(hasDraft).length,
          kept: kept !== null,
        };
        api.dispatch(workLeft(left));
        const waits = left.kept && left.messages + left.drafts > 0;
        await device.signedOut(user, waits ? left : null);
      });
    }
  }

  async function wipe({ user, store, sessionId }: Current): Promise<void> {
    await attempts(ATTEMPTS, () => store.wipe(sessionId));
    await device.signedOut(user, null);
  }

  function heard(message: TabMessage): void {
    const { user, id, ended } = api.getState().session;
    const mine = user?.id === message.userId && id === message.sessionId;
    if (message.kind === 'started') {
      // The browser has one cookie: the server says whose it is now. Somebody else's form stays.
      const concerned = user !== null || ended?.userId === message.userId;
      if (concerned && !mine) void refreshSession(api);
    } else if (mine) {
      api.dispatch(told(message.kind === 'wrote' ? message.action : sessionEnded(message.end)));
    } else if (message.kind === 'ended' && message.end === 'signed-out') {
      void inTurn(() => forget(message.userId));
    }
  }

  /** This tab found out before that the session was over, and kept what was not sent: not any more. */
  async function forget(userId: string): Promise<void> {
    const { user, ended, left } = api.getState().session;
    if (user !== null || ended?.userId !== userId) return;
    // At once: while the device is written, somebody may sign in.
    api.dispatch(told(sessionEnded('signed-out')));
    if (left) await device.signedOut(left.user, null);
  }

  /** Follows an action that the reducers have seen. */
  function follow(action: UnknownAction, before: RootState): void {
    const state = api.getState();
    if (sessionStarted.match(action)) {
      enter(action.payload.user, sessionIdOf(action.payload));
    } else if (sessionEnded.match(action)) {
      exit(action.payload, before, isTold(action));
      // Whoever has to sign in first goes on with what they share.
      if (before.session.user) void dropSharedFiles();
    } else if (authApi.endpoints.logout.matchPending(action)) {
      leaving = current?.sessionId ?? null;
    } else if (authApi.endpoints.logout.matchRejected(action)) {
      leaving = null;
    } else if (signedIn(action)) {
      const { user } = action.payload;
      tabs.post({ kind: 'started', userId: user.id, sessionId: sessionIdOf(action.payload) });
    }
    current?.writer?.note(state);
    if (current) tabs.share({ userId: current.user.id, sessionId: current.sessionId }, action);
    if (state.settings !== before.settings && !settingsRestored.match(action)) {
      device.saveSettings(state.settings).catch(failed);
    }
  }

  /** Puts what this device has stored into the state. */
  async function restore(): Promise<void> {
    await device.upgrade(async ({ user, stored }) => {
      const store = new UserStore(user.id, onOutdated);
      await store.adopt({ user, sessionId: user.id, ended: false }, stored);
    });
    const { settings, user, left } = await device.load();
    if (settings) api.dispatch(settingsRestored(settings));
    if (left) api.dispatch(workLeft(left));
    if (!user) return;
    const store = new UserStore(user.id, onOutdated);
    const stored = await store.load();
    if (!stored) return;
    const { sessionId } = stored.owner;
    api.dispatch(peopleRestored(stored.people));
    api.dispatch(chatsRestored(stored.chats));
    api.dispatch(outboxRestored(stored.outbox));
    api.dispatch(operationsRestored(stored.operations));
    api.dispatch(draftsRestored(stored.drafts));
    api.dispatch(topicsRestored(stored.topics));
    const session: Current = { user: stored.owner.user, sessionId, store, writer: null };
    write(session, keptOf(api.getState()));
    current = session;
    // Last: this one starts the connection, which builds on all of the above.
    api.dispatch(sessionRestored({ user: stored.owner.user, sessionId }));
  }

  return {
    follow,
    start: () => restore().catch(failed),
    stop: () => {
      current?.writer?.stop();
      current = null;
      closeFiles();
      tabs.close();
    },
    flush: async (): Promise<void> => {
      await tail;
      await current?.writer?.flush();
    },
  };
}

export interface Persistence {
  middleware: Middleware<object, RootState, AppDispatch>;
  /** Restores the state, before anything is shown. Without storage it stays as it is. */
  start: () => Promise<void>;
  /** Writes at once; resolves when everything of this tab is on the disk. */
  flush: () => Promise<void>;
  /** Lets go of the storage and of the other tabs. */
  stop: () => void;
}

export function createPersistence(): Persistence {
  let keeper: ReturnType<typeof createKeeper> | null = null;
  const flush = () => keeper?.flush() ?? Promise.resolve();

  return {
    flush,
    stop: () => keeper?.stop(),
    start: () => keeper?.start() ?? Promise.resolve(),
    middleware: (api) => {
      const mine = createKeeper(api);
      keeper = mine;
      document.addEventListener('visibilitychange', () => {
        if (document.visibilityState === 'hidden') void flush();
      });
      window.addEventListener('pagehide', () => void flush());
      return (next) => (action) => {
        const before = api.getState();
        const result = next(action);
        mine.follow(action as UnknownAction, before);
        return result;
      };
    },
  };
}
