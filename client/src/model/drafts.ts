import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { chatDropped } from './chats/slice';
import { messageQueued } from './outbox';
import { sessionEnded } from './session';

export interface Draft {
  conversationId: string;
  text: string;
  /** Milliseconds since 1970: a chat with a draft rises in the list. */
  editedAt: number;
}

/** True for what is worth telling of; blanks alone are only kept for whoever goes on to write. */
export function hasDraft(draft: Draft | undefined): draft is Draft {
  return draft !== undefined && draft.text.trim() !== '';
}

export type DraftsState = Record<string, Draft>;

const initialState: DraftsState = {};

function isNewer(known: Draft | undefined, other: Draft): boolean {
  return known !== undefined && known.editedAt > other.editedAt;
}

function without(state: DraftsState, conversationId: string): DraftsState {
  return Object.fromEntries(Object.entries(state).filter(([id]) => id !== conversationId));
}

const slice = createSlice({
  name: 'drafts',
  initialState,
  reducers: {
    /** Storage was read, perhaps after something was written here: the newer text stays. */
    draftsRestored(state, { payload }: PayloadAction<Draft[]>) {
      for (const draft of payload) {
        if (!isNewer(state[draft.conversationId], draft)) state[draft.conversationId] = draft;
      }
    },
    draftEdited(state, { payload }: PayloadAction<Draft>) {
      // Told by another tab, and this one has written since.
      if (isNewer(state[payload.conversationId], payload)) return state;
      if (payload.text === '') return without(state, payload.conversationId);
      state[payload.conversationId] = payload;
      return state;
    },
  },
  extraReducers: (builder) =>
    builder
      .addCase(messageQueued, (state, { payload }) => {
        const draft = state[payload.conversationId];
        const sentAt = Date.parse(payload.createdAt);
        return draft && draft.editedAt > sentAt ? state : without(state, payload.conversationId);
      })
      .addCase(chatDropped, (state, { payload }) => without(state, payload))
      .addCase(sessionEnded, () => initialState),
});

export const { draftsRestored, draftEdited } = slice.actions;
export const draftsReducer = slice.reducer;
