import {
  createEntityAdapter,
  createSlice,
  type EntityState,
  type PayloadAction,
} from '@reduxjs/toolkit';
import type { Attachment, AttachmentKind, LinkPreview, Message, NewVoice } from '@/api/types';
import { uuidV7 } from '@/lib/uuid';
import { erasedBy, mayErase } from './chats/erased';
import { chatDropped, eventsReceived, historyLoaded, snapshotsLoaded } from './chats/slice';
import { sessionEnded } from './session';

/**
 * Why a message of version 1 waits: whoever wrote it can tell. No sentence, because the language of
 * the interface is not known when storage is upgraded.
 */
export const OF_VERSION_1 = 'of-version-1';

/** Why a file is not sent: this device does not have it any more. */
export const FILE_LOST = 'file-lost';

/** A file that goes out with a message; its bytes are kept under the message's client id. */
export interface OutboxFile {
  name: string;
  /** In bytes. */
  size: number;
  /** What this device takes it for; what it is, the server says. */
  type: string;
  kind: AttachmentKind;
  /** A picture's, in pixels, upright. */
  width: number | null;
  height: number | null;
  voice?: NewVoice | undefined;
  /** Its bytes survive a reload; otherwise only the tab that it was chosen in has them. */
  kept: boolean;
  /** The upload, once it was begun. */
  uploadId: string | null;
  /** What the server has made of it, once all of it was sent. */
  attachment: Attachment | null;
}

/** The message that another one forwards. */
export interface Forward {
  messageId: string;
  /** How often it was forwarded before it comes to the next chat, that one included. */
  hops: number;
  /** What it carries, as the chat has it that it comes from. */
  attachment?: Attachment | null | undefined;
}

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
  /** What it carries: the text is its caption then, and may be empty. */
  file?: OutboxFile | undefined;
  /** What it shows of the page that its text links to. */
  preview?: LinkPreview | undefined;
  /** The message that it forwards: the server copies what that one says. */
  forward?: Forward | undefined;
  createdAt: string;
  state: 'queued' | 'failed' | 'accepted';
  /** Why it failed, for a person, or one of `OF_VERSION_1` and `FILE_LOST`. */
  reason: string | null;
  /** The server's message, once accepted. */
  message: Message | null;
}

/** What `fileQueued` is told. */
export type QueuedFile = Pick<
  OutboxEntry,
  'clientMsgId' | 'senderId' | 'conversationId' | 'text' | 'replyTo'
> & { file: OutboxFile };

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
        about: Pick<OutboxEntry, 'replyTo' | 'mentions' | 'preview' | 'forward'> = {},
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
    /** A message with a file, whose bytes were put aside under `clientMsgId`. */
    fileQueued: {
      prepare: (wanted: QueuedFile) => {
        const entry: OutboxEntry = {
          ...wanted,
          createdAt: new Date().toISOString(),
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
    uploadBegun(state, { payload }: PayloadAction<{ clientMsgId: string; uploadId: string }>) {
      const file = state.entities[payload.clientMsgId]?.file;
      if (file) file.uploadId = payload.uploadId;
    },
    /** All of the file is on the server; `null` says that it is there no more. */
    fileUploaded(
      state,
      { payload }: PayloadAction<{ clientMsgId: string; attachment: Attachment | null }>,
    ) {
      const file = state.entities[payload.clientMsgId]?.file;
      if (file) file.attachment = payload.attachment;
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
      .addCase(sessionEnded, () => initialState)
      .addMatcher(mayErase, (state, action) => {
        // What waits to be forwarded has the text of a message that is no more, which nobody copies.
        const erased = new Set(erasedBy(action).map(({ messageId }) => messageId));
        if (erased.size === 0) return;
        adapter.removeMany(
          state,
          Object.values(state.entities)
            .filter(
              ({ state: at, forward }) =>
                at !== 'accepted' && forward && erased.has(forward.messageId),
            )
            .map(({ clientMsgId }) => clientMsgId),
        );
      }),
});

export const {
  outboxRestored,
  messageQueued,
  fileQueued,
  uploadBegun,
  fileUploaded,
  messageAccepted,
  messageFailed,
  quoteLost,
  messageRetried,
  messageDiscarded,
} = slice.actions;
export const outboxReducer = slice.reducer;
export const outboxSelectors = adapter.getSelectors();
