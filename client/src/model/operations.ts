import {
  createEntityAdapter,
  createSlice,
  type EntityState,
  type PayloadAction,
} from '@reduxjs/toolkit';
import { uuidV7 } from '@/lib/uuid';
import { erasedBy, mayErase } from './chats/erased';
import { chatDropped, type MessageRef } from './chats/slice';
import { sessionEnded } from './session';

/** What the user wants to become of a message, or of a chat for themselves. */
export type Change =
  | { kind: 'edit'; text: string; mentions?: string[] | undefined }
  /** For everyone. */
  | { kind: 'delete' }
  /** For the user alone. */
  | { kind: 'hide' }
  /** With one emoji, in the place of the one before, or with none. */
  | { kind: 'react'; emoji: string | null }
  | { kind: 'pin'; forS: number }
  | { kind: 'unpin' }
  | { kind: 'star'; starred: boolean }
  /** Until a time, for ever (`always`) or not any more (null). */
  | { kind: 'mute'; until: string | null }
  /** Archiving unpins. */
  | { kind: 'archive'; archived: boolean }
  /** Since when it stands above the others; null: it does not. Pinning takes out of the archive. */
  | { kind: 'pinChat'; pinnedAt: string | null }
  | { kind: 'markUnread'; unread: boolean }
  | { kind: 'clear'; upToSeq: number };

/** What of a message or chat a change is about: the last word on each counts. */
export type Aspect =
  'content' | 'reaction' | 'pin' | 'star' | 'mute' | 'place' | 'unread' | 'cleared';

const ASPECTS: Record<Change['kind'], Aspect> = {
  edit: 'content',
  delete: 'content',
  hide: 'content',
  react: 'reaction',
  pin: 'pin',
  unpin: 'pin',
  star: 'star',
  mute: 'mute',
  archive: 'place',
  pinChat: 'place',
  markUnread: 'unread',
  clear: 'cleared',
};

export function aspectOf({ kind }: Change): Aspect {
  return ASPECTS[kind];
}

/** Nothing else need become of a message that is deleted. */
const isLast = ({ kind }: Change) => kind === 'delete' || kind === 'hide';

/**
 * A change that the server has not taken yet. Of one of a whole chat `messageId` is the id of the
 * chat.
 */
export interface Operation extends MessageRef {
  /** A UUIDv7, so ids sort in the order of doing. The server tells repeats of an edit by it. */
  opId: string;
  /** Who did it: it goes out in this user's name or not at all. */
  senderId: string;
  change: Change;
  state: 'queued' | 'failed';
  /** Why it failed, for a person. */
  reason: string | null;
}

const adapter = createEntityAdapter<Operation, string>({
  selectId: ({ opId }) => opId,
  sortComparer: (a, b) => (a.opId < b.opId ? -1 : 1),
});
const initialState: EntityState<Operation, string> = adapter.getInitialState();
type State = EntityState<Operation, string>;

function removeOf(state: State, isOne: (operation: Operation) => boolean): void {
  adapter.removeMany(
    state,
    Object.values(state.entities)
      .filter(isOne)
      .map(({ opId }) => opId),
  );
}

/** Whether a change makes one needless that waits before it. */
function replaces(change: Change, waiting: Operation): boolean {
  // Who deletes the tombstone for themselves has deleted the message for everyone all the same.
  if (change.kind === 'hide' && waiting.change.kind === 'delete') return waiting.state === 'failed';
  return isLast(change) || aspectOf(waiting.change) === aspectOf(change);
}

const slice = createSlice({
  name: 'operations',
  initialState,
  reducers: {
    /** Storage was read, perhaps after something was done here. */
    operationsRestored(state, { payload }: PayloadAction<Operation[]>) {
      adapter.addMany(state, payload);
    },
    operationQueued: {
      prepare: (senderId: string, message: MessageRef, change: Change) => {
        const operation: Operation = {
          opId: uuidV7(Date.now()),
          senderId,
          conversationId: message.conversationId,
          messageId: message.messageId,
          change,
          state: 'queued',
          reason: null,
        };
        return { payload: operation };
      },
      reducer(state, { payload }: PayloadAction<Operation>) {
        // The last word on a message counts, and what waits before it need not go out.
        const { messageId, change } = payload;
        removeOf(state, (other) => other.messageId === messageId && replaces(change, other));
        adapter.addOne(state, payload);
      },
    },
    operationFailed(state, { payload }: PayloadAction<{ opId: string; reason: string }>) {
      const { opId, reason } = payload;
      adapter.updateOne(state, { id: opId, changes: { state: 'failed', reason } });
    },
    operationRetried(state, { payload }: PayloadAction<string>) {
      adapter.updateOne(state, { id: payload, changes: { state: 'queued', reason: null } });
    },
    /** The server has taken it, or the user takes it back. */
    operationEnded(state, { payload }: PayloadAction<string>) {
      adapter.removeOne(state, payload);
    },
  },
  extraReducers: (builder) =>
    builder
      .addCase(chatDropped, (state, { payload }) =>
        removeOf(state, ({ conversationId }) => conversationId === payload),
      )
      .addCase(sessionEnded, () => initialState)
      .addMatcher(mayErase, (state, action) => {
        // An edit has the text of a message that is no more. A deletion may still have to go out: who
        // has hidden a message deletes it for everyone all the same.
        const erased = new Set(erasedBy(action).map(({ messageId }) => messageId));
        if (erased.size === 0) return;
        removeOf(state, ({ messageId, change }) => erased.has(messageId) && !isLast(change));
      }),
});

/** A change of a whole chat, which concerns the user alone. */
export function chatChanged(senderId: string, conversationId: string, change: Change) {
  return slice.actions.operationQueued(
    senderId,
    { conversationId, messageId: conversationId },
    change,
  );
}

/** Whether it is about a whole chat. */
export function isOfChat({ conversationId, messageId }: Operation): boolean {
  return messageId === conversationId;
}

export const {
  operationsRestored,
  operationQueued,
  operationFailed,
  operationRetried,
  operationEnded,
} = slice.actions;
export const operationsReducer = slice.reducer;
export const operationSelectors = adapter.getSelectors();
