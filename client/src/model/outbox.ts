import {
  createEntityAdapter,
  createSlice,
  type EntityState,
  type PayloadAction,
} from '@reduxjs/toolkit';
import type { Message } from '@/api/types';
import { uuidV7 } from '@/lib/uuid';
import { chatDropped, eventsReceived, historyLoaded, snapshotsLoaded } from './chats/slice';
import { sessionEnded } from './session';

/**
 * Why a message of version 1 waits: whoever wrote it can tell. No sentence, because the language of
 * the interface is not known when storage is upgraded.
 */
export const OF_VERSION_1 = 'of-version-1';

/** A message written here that has not come back through the chat's log yet. */
export interface OutboxEntry {
  /** A UUIDv7, so ids sort in the order of writing. The server tells repeats by it. */
  clientMsgId: string;
  /** Who wrote it: it goes out in this user's name or not at all. */
  senderId: string;
  conversationId: string;
  text: string;
  /** The message that it answers. */
  replyTo?: string | undefined;
  /** The ids of those whom the text names. */
  mentions?: string[] | undefined;
  createdAt: string;
  state: 'queued' | 'failed' | 'accepted';
  /** Why it failed, for a person, or `OF_VERSION_1`. */
  reason: string | null;
  /** The server's message, once accepted. */
  message: Message | null;
}

const adapter = createEntityAdapter<OutboxEntry, string>({
  selectId: (entry) => entry.clientMsgId,
  sortComparer: (a, b) => (a.clientMsgId < b.clientMsgId ? -1 : 1),
});
const initialState: EntityState<OutboxEntry, string> = adapter.getInitialState();

const slice = createSlice({
  name: 'outbox',
  initialState,
  reducers: {
    /** Storage was read, perhaps after something was written here. */
    outboxRestored(state, { payload }: PayloadAction<OutboxEntry[]>) {
      adapter.addMany(state, payload);
    },
    messageQueued: {
      prepare: (
        senderId: string,
        conversationId: string,
        text: string,
        about: Pick<OutboxEntry, 'replyTo' | 'mentions'> = {},
      ) => {
        const now = Date.now();
        const entry: OutboxEntry = {
          clientMsgId: uuidV7(now),
          senderId,
          conversationId,
          text,
          ...about,
          createdAt: new Date(now).toISOString(),
          state: 'queued',
          reason: null,
          message: null,
        };
        return { payload: entry };
      },
      reducer(state, { payload }: PayloadAction<OutboxEntry>) {
        adapter.addOne(state, payload);
      },
    },
    messageAccepted(state, { payload }: PayloadAction<{ clientMsgId: string; message: Message }>) {
      const { clientMsgId, message } = payload;
      adapter.updateOne(state, { id: clientMsgId, changes: { state: 'accepted', message } });
    },
    messageFailed(state, { payload }: PayloadAction<{ clientMsgId: string; reason: string }>) {
      const { clientMsgId, reason } = payload;
      adapter.updateOne(state, { id: clientMsgId, changes: { state: 'failed', reason } });
    },
    /** The message that it answers is not there any more: it can go out without. */
    quoteLost(state, { payload }: PayloadAction<string>) {
      adapter.updateOne(state, { id: payload, changes: { replyTo: undefined } });
    },
    messageRetried(state, { payload }: PayloadAction<string>) {
      adapter.updateOne(state, { id: payload, changes: { state: 'queued', reason: null } });
    },
    messageDiscarded(state, { payload }: PayloadAction<string>) {
      adapter.removeOne(state, payload);
    },
  },
  extraReducers: (builder) =>
    builder
      .addCase(eventsReceived, (state, { payload }) => {
        for (const { event } of payload.changes) {
          if (event.type === 'message.posted')
            adapter.removeOne(state, event.message.client_msg_id);
        }
      })
      .addCase(historyLoaded, (state, { payload }) => {
        adapter.removeMany(
          state,
          payload.page.messages.map((message) => message.client_msg_id),
        );
      })
      .addCase(snapshotsLoaded, (state, { payload }) => {
        const lastSeqs = new Map<string, number>();
        for (const { id, last_message } of payload.conversations) {
          if (last_message) {
            lastSeqs.set(id, last_message.seq);
            adapter.removeOne(state, last_message.client_msg_id);
          }
        }
        // Accepted and already behind the newest message: the chat has it, no need to wait.
        const done = Object.values(state.entities).filter(
          ({ conversationId, message }) =>
            message !== null && message.seq <= (lastSeqs.get(conversationId) ?? 0),
        );
        adapter.removeMany(
          state,
          done.map((entry) => entry.clientMsgId),
        );
      })
      .addCase(chatDropped, (state, { payload }) => {
        adapter.removeMany(
          state,
          state.ids.filter((id) => state.entities[id]?.conversationId === payload),
        );
      })
      .addCase(sessionEnded, () => initialState),
});

export const {
  outboxRestored,
  messageQueued,
  messageAccepted,
  messageFailed,
  quoteLost,
  messageRetried,
  messageDiscarded,
} = slice.actions;
export const outboxReducer = slice.reducer;
export const outboxSelectors = adapter.getSelectors();
