import {
  createEntityAdapter,
  createSlice,
  type EntityState,
  type PayloadAction,
} from '@reduxjs/toolkit';
import type {
  ChatSettings,
  Conversation,
  LoggedChange,
  Member,
  Message,
  MessagePage,
  Pin,
  Receipt,
} from '@/api/types';
import { connectionChanged } from '../connection';
import { sessionEnded } from '../session';
import {
  applyLogged,
  changeMessage,
  clearUpTo,
  confirm,
  mergeNotices,
  mergeSnapshot,
  moveRead,
  moveReceipts,
  rolesOf,
  unclear,
} from './apply';
import { directWith } from './direct';
import type { ExpiredMessages } from './expiry';
import { dropExpired, hideMessage } from './hiding';
import { edited, tombstone } from './message';
import { pinned, unpinned } from './pins';
import { withOwn } from './reactions';
import { endOf, mergePage, type PageKind } from './stretches';
import type { Chat, Position, Watermarks } from './types';

const chatsAdapter = createEntityAdapter<Chat>();

export type HistoryLoad = Exclude<PageKind, 'around'> | 'failed';

/** What became of loading a message with its surroundings; `gone`: the user cannot read it. */
export interface JumpLoad {
  messageId: string;
  state: 'loading' | 'failed' | 'gone';
}

export interface ChatsState extends EntityState<Chat, string> {
  /** The first answer of the server, or of this device's storage, is there. */
  loaded: boolean;
  /** Which chats are loading messages right now. */
  loads: Record<string, HistoryLoad>;
  /** By chat: the last jump, unless its message was loaded. */
  jumps: Record<string, JumpLoad>;
}

const initialState: ChatsState = chatsAdapter.getInitialState({
  loaded: false,
  loads: {},
  jumps: {},
});

interface SnapshotsLoaded {
  conversations: Conversation[];
  selfId: string;
  /** The log cannot be read on from where this device is. */
  replace?: boolean;
  /** These are the user's newest chats: there is something to show, or nothing at all. */
  first?: boolean;
}

interface MembersLoaded {
  conversationId: string;
  /** Everybody in the chat. */
  members: Member[];
}

/** A message in a chat. */
export interface MessageRef {
  conversationId: string;
  messageId: string;
}

interface HistoryLoaded {
  conversationId: string;
  page: MessagePage;
  kind: PageKind;
  /** The number of the message that the page was to continue. */
  from?: number | undefined;
  /** The message whose surroundings it has. */
  messageId?: string;
}

interface EventsReceived {
  conversationId: string;
  epoch: string;
  changes: LoggedChange[];
  selfId: string;
}

const slice = createSlice({
  name: 'chats',
  initialState,
  reducers: {
    chatsRestored(state, { payload }: PayloadAction<Chat[]>) {
      chatsAdapter.setAll(state, payload);
      state.loaded = payload.length > 0;
    },
    snapshotsLoaded(state, { payload }: PayloadAction<SnapshotsLoaded>) {
      const { conversations, selfId, replace, first } = payload;
      for (const snapshot of conversations) {
        const merged = mergeSnapshot(state.entities[snapshot.id], snapshot, selfId, replace);
        chatsAdapter.setOne(state, merged);
      }
      if (first) state.loaded = true;
    },
    eventsReceived(state, { payload }: PayloadAction<EventsReceived>) {
      const chat = state.entities[payload.conversationId];
      if (!chat) return;
      for (const { offset, event } of payload.changes) {
        applyLogged(chat, { epoch: payload.epoch, offset }, event, payload.selfId);
      }
    },
    membersLoaded(state, { payload }: PayloadAction<MembersLoaded>) {
      const chat = state.entities[payload.conversationId];
      if (!chat) return;
      chat.memberIds = payload.members.map(({ id }) => id);
      chat.memberCount = payload.members.length;
      chat.roles = rolesOf(payload.members);
    },
    historyLoadStarted(
      state,
      { payload }: PayloadAction<{ conversationId: string; kind: HistoryLoad }>,
    ) {
      state.loads[payload.conversationId] = payload.kind;
    },
    historyLoadFailed(state, { payload }: PayloadAction<{ conversationId: string }>) {
      state.loads[payload.conversationId] = 'failed';
      const chat = state.entities[payload.conversationId];
      if (chat && !chat.history && chat.lastMessage) {
        // Better one message than an empty screen: the rest comes with the connection.
        chat.history = { messages: [chat.lastMessage], notices: [], hasMore: true, stale: true };
      }
    },
    /** There is nothing to load any more. */
    historyLoadEnded(state, { payload }: PayloadAction<string>) {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a record keyed by id
      delete state.loads[payload];
    },
    historyLoaded(state, { payload }: PayloadAction<HistoryLoaded>) {
      const { conversationId: id, page, kind, from, messageId } = payload;
      const chat = state.entities[id];
      if (kind === 'around') {
        // The user wants to go somewhere else meanwhile.
        if (state.jumps[id]?.messageId !== messageId) return;
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a record keyed by id
        delete state.jumps[id];
      } else {
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a record keyed by id
        delete state.loads[id];
      }
      // What it was to continue is another stretch by now, and this page does not join on to it.
      if (!chat || (from !== undefined && endOf(chat, kind) !== from)) return;
      mergePage(chat, page, kind);
    },
    jumpMoved(state, { payload }: PayloadAction<MessageRef & Pick<JumpLoad, 'state'>>) {
      const { conversationId, messageId, state: reached } = payload;
      const known = state.jumps[conversationId];
      // What became of an earlier one nobody asks any more.
      if (reached !== 'loading' && known?.messageId !== messageId) return;
      state.jumps[conversationId] = { messageId, state: reached };
    },
    /** The reader is back at the tail. */
    pastLeft(state, { payload }: PayloadAction<string>) {
      const chat = state.entities[payload];
      if (chat) chat.past = null;
    },
    /** The server has taken the user's edit; the event says it again. */
    messageEdited(state, { payload }: PayloadAction<Message>) {
      const chat = state.entities[payload.conversation_id];
      if (chat) changeMessage(chat, payload.id, (message) => edited(message, payload));
    },
    /** The server has deleted a message for everyone; the event says it again. */
    messageErased(state, { payload }: PayloadAction<MessageRef>) {
      const chat = state.entities[payload.conversationId];
      if (!chat) return;
      changeMessage(chat, payload.messageId, tombstone);
      chat.pins = unpinned(chat.pins, payload.messageId);
    },
    /** The time of messages is over. */
    messagesExpired(
      state,
      { payload }: PayloadAction<{ expired: ExpiredMessages[]; selfId: string }>,
    ) {
      for (const { conversationId, messageIds } of payload.expired) {
        const chat = state.entities[conversationId];
        for (const id of messageIds) if (chat) dropExpired(chat, id, payload.selfId);
      }
    },
    /** The user has deleted a message for themselves, here or on another device. */
    messageHidden(state, { payload }: PayloadAction<MessageRef & { selfId: string }>) {
      const chat = state.entities[payload.conversationId];
      if (chat) hideMessage(chat, payload.messageId, payload.selfId);
    },
    /** The server has taken the user's reaction; the log says it again, with all others. */
    reactionTaken(
      state,
      { payload }: PayloadAction<MessageRef & { emoji: string | null; selfId: string }>,
    ) {
      const { conversationId, messageId, emoji, selfId } = payload;
      const chat = state.entities[conversationId];
      if (chat) changeMessage(chat, messageId, (message) => withOwn(message, emoji, selfId));
    },
    /** How the user has reacted in a large chat, on whatever device: its log counts, and names nobody. */
    ownReactionTold(state, { payload }: PayloadAction<MessageRef & { emoji: string | null }>) {
      const { conversationId, messageId, emoji } = payload;
      const chat = state.entities[conversationId];
      if (chat) {
        changeMessage(chat, messageId, (message) => ({ ...message, my_reaction: emoji }));
      }
    },
    /** The user has starred a message, or not any more, on whatever device. */
    starTold(state, { payload }: PayloadAction<MessageRef & { starred: boolean }>) {
      const { conversationId, messageId, starred } = payload;
      const chat = state.entities[conversationId];
      if (chat) {
        changeMessage(chat, messageId, (message) =>
          message.deleted ? message : { ...message, starred },
        );
      }
    },
    /** The server has pinned a message, or unpinned it (`null`); the log says it again. */
    pinTaken(state, { payload }: PayloadAction<MessageRef & { pin: Pin | null }>) {
      const { conversationId, messageId, pin } = payload;
      const chat = state.entities[conversationId];
      if (chat) chat.pins = pin ? pinned(chat.pins, pin) : unpinned(chat.pins, messageId);
    },
    /** How the user has arranged a chat, here or on another device. */
    settingsTold(
      state,
      { payload }: PayloadAction<{ conversationId: string; settings: ChatSettings }>,
    ) {
      const chat = state.entities[payload.conversationId];
      if (chat) chat.settings = payload.settings;
    },
    /** The user has cleared a chat up to before this message, here or on another device. */
    chatCleared(state, { payload }: PayloadAction<{ conversationId: string; firstSeq: number }>) {
      const chat = state.entities[payload.conversationId];
      if (chat) clearUpTo(chat, payload.firstSeq);
    },
    /** The server does not clear it, for which the messages had gone here. */
    clearRefused(state, { payload }: PayloadAction<string>) {
      const chat = state.entities[payload];
      if (chat) unclear(chat);
    },
    /** What happened to the messages on this device is not known: none of them stays. */
    historiesTorn(state) {
      for (const chat of Object.values(state.entities)) {
        if (chat.history) chat.history.stale = true;
        chat.past = null;
      }
    },
    /** The part of a group's log that ends at `upTo` was read for who came and went. */
    noticesRead(
      state,
      {
        payload,
      }: PayloadAction<{ conversationId: string; upTo: Position; changes: LoggedChange[] }>,
    ) {
      const chat = state.entities[payload.conversationId];
      if (chat) mergeNotices(chat, payload.upTo, payload.changes);
    },
    /** The user read up to `seq`, here (then it is reported) or on another device. */
    readMoved(
      state,
      { payload }: PayloadAction<{ conversationId: string; readSeq: number; selfId: string }>,
    ) {
      const chat = state.entities[payload.conversationId];
      if (chat) moveRead(chat, payload.readSeq, payload.selfId);
    },
    deliveryAcknowledged(
      state,
      { payload }: PayloadAction<{ conversationId: string; seq: number }>,
    ) {
      const chat = state.entities[payload.conversationId];
      if (chat) chat.own.delivered_seq = Math.max(chat.own.delivered_seq, payload.seq);
    },
    marksConfirmed(
      state,
      { payload }: PayloadAction<{ conversationId: string; marks: Watermarks }>,
    ) {
      const chat = state.entities[payload.conversationId];
      if (chat) confirm(chat, payload.marks);
    },
    receiptsMoved(
      state,
      { payload }: PayloadAction<{ conversationId: string; receipts: Receipt[] }>,
    ) {
      const chat = state.entities[payload.conversationId];
      if (chat) moveReceipts(chat, payload.receipts);
    },
    /** The user has blocked somebody, or unblocked, here or on another device. */
    blockChanged(state, { payload }: PayloadAction<{ userId: string; blocked: boolean }>) {
      const chat = directWith(Object.values(state.entities), payload.userId);
      if (chat) chat.blocked = payload.blocked;
    },
    chatDropped(state, { payload }: PayloadAction<string>) {
      chatsAdapter.removeOne(state, payload);
    },
  },
  extraReducers: (builder) =>
    builder
      .addCase(connectionChanged, (state, { payload }) => {
        // What failed without a connection is tried again by whoever still shows it.
        if (payload === 'online') {
          const running = Object.entries(state.loads).filter(([, load]) => load !== 'failed');
          state.loads = Object.fromEntries(running);
        }
      })
      .addCase(sessionEnded, () => initialState),
});

export const {
  chatsRestored,
  snapshotsLoaded,
  eventsReceived,
  membersLoaded,
  historyLoadStarted,
  historyLoadFailed,
  historyLoadEnded,
  historyLoaded,
  jumpMoved,
  pastLeft,
  messageEdited,
  messageErased,
  messageHidden,
  messagesExpired,
  reactionTaken,
  ownReactionTold,
  starTold,
  pinTaken,
  settingsTold,
  chatCleared,
  clearRefused,
  historiesTorn,
  noticesRead,
  readMoved,
  deliveryAcknowledged,
  marksConfirmed,
  receiptsMoved,
  blockChanged,
  chatDropped,
} = slice.actions;
export const chatsReducer = slice.reducer;
