/**
 * The one realtime connection of the client, which follows the store: opened when a session is there,
 * closed when it ends. What it brings goes through `receiver`, what it missed through `sync`.
 */
import type { UnknownAction } from '@reduxjs/toolkit';
import { authApi } from '@/api/auth';
import { refreshSession } from '@/api/baseApi';
import { changesContact, chatTopic, conversationOfTopic } from '@/api/events';
import { backoffMs, createWaiter } from '@/lib/backoff';
import { leavesMentionsOpen } from '@/model/chats/mentions';
import {
  blockChanged,
  chatDropped,
  clearRefused,
  eventsReceived,
  historiesTorn,
  historyLoaded,
  messageHidden,
  messagesExpired,
  readMoved,
  snapshotsLoaded,
} from '@/model/chats/slice';
import type { LoggedChange, TopicPosition } from '@/api/types';
import { connectionChanged } from '@/model/connection';
import { selectSelfId, sessionEnded, sessionRestored, sessionStarted } from '@/model/session';
import type { Follow } from '@/store/followers';
import { selectChat, selectDirectWith } from '@/store/selectors';
import type { StoreApi } from '@/store/storeApi';
import {
  chatOpened,
  historyWanted,
  messagesSeen,
  messageWanted,
  synchronised,
  typingReported,
} from './actions';
import {
  SessionGone,
  type Connection,
  type ConnectionHandlers,
  type OpenConnection,
} from './connection';
import { createNotices } from './notices';
import { createReceipts } from './receipts';
import { createReceiver } from './receiver';
import { RecentSubscriptions } from './subscriptions';
import { createSync } from './sync';
import { createUserLog } from './userLog';

/** A person types on; the others need to hear of it only this often. */
const TYPING_EVERY_MS = 3_000;

export function createRealtime(store: StoreApi, open: OpenConnection): Follow {
  const sync = createSync(store);
  const up = () => (connected ? connection : null);
  const userLog = createUserLog(store, up);
  const receiver = createReceiver(store, sync, userLog, () => void compareHeads());
  const receipts = createReceipts(store, up);
  const notices = createNotices(store, up);
  const waiter = createWaiter();
  const lastTyping = new Map<string, number>();

  let connection: Connection | null = null;
  let subscriptions: RecentSubscriptions | null = null;
  let connected = false;
  /** Ends with the last synchronisation that was begun. */
  let synchronising = Promise.resolve();
  /** Changes with every start and stop, so that work begun for an earlier one ends. */
  let generation = 0;
  /** The token the SDK was given last: when it asks again, that one is no longer good. */
  let givenToken: string | null = null;
  /** The chat on screen, which is subscribed as soon as it is known and a connection exists. */
  let openChat: string | null = null;

  const offline = () => !navigator.onLine;
  const report = (status: Parameters<typeof connectionChanged>[0]) =>
    store.dispatch(connectionChanged(status));

  async function getToken(): Promise<string> {
    const current = store.getState().session.accessToken;
    if (current === null || current === givenToken) {
      const problem = await refreshSession(store);
      if (problem?.kind === 'http' && problem.status === 401) throw new SessionGone();
      if (problem) throw new Error('the session could not be refreshed');
    }
    givenToken = store.getState().session.accessToken;
    if (givenToken === null) throw new SessionGone();
    return givenToken;
  }

  /** Loads what was missed, again and again while the connection that wants it is up. */
  async function synchronise(): Promise<void> {
    const mine = generation;
    const wanted = () => connected && generation === mine;
    for (let attempt = 0; wanted(); attempt += 1) {
      try {
        await sync.everything((head) => void followUserLog(head));
        receipts.reconnected();
        store.dispatch(synchronised());
        if (wanted()) report('online');
        if (openChat !== null) void notices.load(openChat);
        void sync.ahead(wanted);
        return;
      } catch {
        await waiter.wait(backoffMs(attempt));
      }
    }
  }

  /** Loads what happened in chats that this connection did not hear from its beginning on. */
  async function compareHeads(): Promise<void> {
    const mine = generation;
    for (let attempt = 0; connected && generation === mine; attempt += 1) {
      // Before that most chats may be unknown, and would be loaded one by one.
      await synchronising;
      try {
        await sync.compareHeads();
        return;
      } catch {
        await waiter.wait(backoffMs(attempt));
      }
    }
  }

  /** Hears what the user did on other devices while this one was away. */
  async function followUserLog(head: TopicPosition): Promise<void> {
    const mine = generation;
    for (let attempt = 0; connected && generation === mine; attempt += 1) {
      try {
        await userLog.catchUp(head);
        return;
      } catch {
        await waiter.wait(backoffMs(attempt));
      }
    }
  }

  /** Of a large group, a snapshot names few. */
  function loadMembersOfOpenChat(): void {
    const chat = openChat === null ? undefined : selectChat(store.getState(), openChat);
    if (connected && chat && chat.memberIds.length < chat.memberCount) void sync.members(chat.id);
  }

  function subscribeOpenChat(): void {
    const chat = openChat === null ? undefined : selectChat(store.getState(), openChat);
    // Nothing is heard of a group before one has accepted to come back.
    if (chat && chat.state !== 'requested') subscriptions?.touch(chat.id, chat.position);
  }

  async function start(): Promise<void> {
    if (connection) return;
    generation += 1;
    const mine = generation;
    report(offline() ? 'waiting' : 'connecting');
    const config = await loadConfig(mine);
    if (!config || generation !== mine) return;
    const opened = await openWith(config.realtime.websocket_url, mine);
    if (!opened) return;
    connection = opened;
    subscriptions = new RecentSubscriptions(connection, config.limits.subscriptions_max);
    subscribeOpenChat();
    connection.connect();
  }

  const handlers: ConnectionHandlers = {
    getToken,
    onConnecting: () => {
      connected = false;
      report(offline() ? 'waiting' : 'connecting');
    },
    onConnected: () => {
      connected = true;
      report('syncing');
      synchronising = synchronise();
    },
    onClosed: () => void reopen(),
    onSubscribed: (subscribed) => receiver.subscribed(subscribed),
    onPublication: (channel, data, offset) => receiver.published(channel, data, offset),
    onRefused: (channel) => {
      const id = conversationOfTopic(channel);
      if (id === null) return;
      subscriptions?.drop(id);
      // The truth about the membership is the core's: a 404 drops the chat.
      void sync.reload(id);
    },
  };

  /** Null if the session ended meanwhile. */
  async function openWith(url: string, mine: number): Promise<Connection | null> {
    for (let attempt = 0; generation === mine; attempt += 1) {
      const opened = await open(url, handlers).catch(() => null);
      if (opened && generation === mine) return opened;
      opened?.close();
      await waiter.wait(backoffMs(attempt));
    }
    return null;
  }

  async function loadConfig(mine: number) {
    for (let attempt = 0; generation === mine; attempt += 1) {
      const request = store.dispatch(
        authApi.endpoints.clientConfig.initiate(undefined, { subscribe: false }),
      );
      const { data } = await request;
      if (data) return data;
      await waiter.wait(backoffMs(attempt));
    }
    return null;
  }

  /** The hub closed for good (a revoked or refused token): only a renewed session may try again. */
  async function reopen(): Promise<void> {
    const mine = generation;
    connected = false;
    report('connecting');
    for (let attempt = 0; generation === mine; attempt += 1) {
      await waiter.wait(backoffMs(attempt));
      if (generation !== mine || (await refreshSession(store)) !== null) continue;
      connection?.connect();
      return;
    }
  }

  function stop(): void {
    generation += 1;
    connection?.close();
    connection = null;
    subscriptions = null;
    connected = false;
    givenToken = null;
    receipts.stop();
    waiter.wake();
    report('idle');
  }

  function reportTyping(conversationId: string): void {
    const now = Date.now();
    if (!connected || now - (lastTyping.get(conversationId) ?? 0) < TYPING_EVERY_MS) return;
    lastTyping.set(conversationId, now);
    // Nobody misses a typing notice that was lost.
    connection?.publish(chatTopic(conversationId), { type: 'typing' }).catch(() => undefined);
  }

  /** What the row is to say in the place of a message that is gone may not be on this device. */
  function reloadWithoutLast(conversationId: string): void {
    const chat = selectChat(store.getState(), conversationId);
    if (connected && chat?.lastMessage === null) void sync.reload(chat.id);
  }

  /** Reacts to an action that the reducers have already seen. */
  function handle(action: UnknownAction): void {
    if (sessionStarted.match(action) || sessionRestored.match(action)) {
      void start();
    } else if (sessionEnded.match(action)) {
      stop();
    } else if (chatOpened.match(action)) {
      openChat = action.payload;
      subscribeOpenChat();
      loadMembersOfOpenChat();
      void notices.load(openChat);
    } else if (chatDropped.match(action)) {
      sync.standingChanged(action.payload);
      subscriptions?.drop(action.payload);
    } else if (blockChanged.match(action)) {
      const chat = selectDirectWith(store.getState(), action.payload.userId);
      if (chat) sync.standingChanged(chat.id);
    } else if (clearRefused.match(action)) {
      void sync.reload(action.payload);
    } else if (historiesTorn.match(action)) {
      const mine = generation;
      void sync.ahead(() => connected && generation === mine);
    } else if (messageHidden.match(action)) {
      reloadWithoutLast(action.payload.conversationId);
    } else if (messagesExpired.match(action)) {
      for (const { conversationId } of action.payload.expired) reloadWithoutLast(conversationId);
    } else if (typingReported.match(action)) {
      reportTyping(action.payload);
    } else if (historyWanted.match(action)) {
      void sync.history(action.payload.conversationId, action.payload.kind);
    } else if (messageWanted.match(action)) {
      void sync.around(action.payload);
    } else if (messagesSeen.match(action)) {
      const { conversationId, seq: readSeq } = action.payload;
      const chat = selectChat(store.getState(), conversationId);
      if (!chat || chat.own.read_seq >= readSeq) return;
      const selfId = selectSelfId(store.getState());
      store.dispatch(readMoved({ conversationId, readSeq, selfId }));
      receipts.read(conversationId);
    } else if (eventsReceived.match(action)) {
      const { conversationId, epoch, changes } = action.payload;
      receipts.arrived(conversationId);
      sync.membersChanged(conversationId, epoch, changes);
      const chat = selectChat(store.getState(), conversationId);
      const selfId = selectSelfId(store.getState());
      const isOpen = ({ event }: LoggedChange) =>
        changesContact(event) || (chat && leavesMentionsOpen(chat, event, selfId));
      if (changes.some(isOpen)) void sync.reload(conversationId);
      else if (changes.some(({ event }) => event.type === 'message.expired')) {
        reloadWithoutLast(conversationId);
      }
    } else if (historyLoaded.match(action)) {
      receipts.arrived(action.payload.conversationId);
      void notices.load(action.payload.conversationId);
    } else if (snapshotsLoaded.match(action)) {
      for (const { id } of action.payload.conversations) receipts.arrived(id);
      subscribeOpenChat();
      loadMembersOfOpenChat();
    }
  }

  /** The device has or lost its network; the SDK notices by itself, the waits here do not. */
  function networkChanged(): void {
    if (!connection && store.getState().session.user === null) return;
    waiter.wake();
    if (offline()) {
      report('waiting');
    } else if (connected) {
      // The socket outlived the blip; what it may have missed is compared all the same.
      report('syncing');
      synchronising = synchronise();
    } else {
      report('connecting');
    }
  }

  window.addEventListener('online', networkChanged);
  window.addEventListener('offline', networkChanged);
  return ({ action }) => handle(action);
}
