import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import type { NewVoice } from '@/api/types';
import { erasedBy, mayErase } from './chats/erased';
import { chatDropped } from './chats/slice';
import { aspectOf, operationQueued } from './operations';
import { fileQueued, messageQueued } from './outbox';
import { sessionEnded } from './session';

/** What somebody has said and not sent. Its bytes are kept as those of files that wait are. */
export interface VoiceDraft extends NewVoice {
  /** Names the bytes, and becomes the client id of the message. */
  id: string;
  type: string;
  /** In bytes. */
  size: number;
  /** Its bytes survive a reload; otherwise only the tab that it was recorded in has them. */
  kept: boolean;
}

/** What the user writes in a chat. */
export interface Draft {
  conversationId: string;
  text: string;
  /** Milliseconds since 1970: a chat with a draft rises in the list. */
  editedAt: number;
  /** The message that the text answers. */
  replyTo?: string | undefined;
  /** A message that is being edited, and what it is to say: `text` waits until that is done. */
  edit?: { messageId: string; text: string } | undefined;
  voice?: VoiceDraft | undefined;
}

/** True for what is worth telling of; blanks alone are only kept for whoever goes on to write. */
export function hasDraft(draft: Draft | undefined): draft is Draft {
  return draft !== undefined && (draft.text.trim() !== '' || draft.voice !== undefined);
}

export type DraftsState = Record<string, Draft>;

const initialState: DraftsState = {};

function isNewer(known: Draft | undefined, other: Draft): boolean {
  return known !== undefined && known.editedAt > other.editedAt;
}

const isEmpty = ({ text, replyTo, edit, voice }: Draft) =>
  text === '' && !replyTo && !edit && !voice;

function without(state: DraftsState, conversationId: string): DraftsState {
  return Object.fromEntries(Object.entries(state).filter(([id]) => id !== conversationId));
}

/** What was typed for a message that is no more goes with it: it is mostly the message's own text. */
function withoutEdit(state: DraftsState, conversationId: string, messageId: string): DraftsState {
  const draft = state[conversationId];
  if (draft?.edit?.messageId !== messageId) return state;
  const rest: Draft = { ...draft, edit: undefined };
  if (isEmpty(rest)) return without(state, conversationId);
  return { ...state, [conversationId]: rest };
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
      if (isEmpty(payload)) return without(state, payload.conversationId);
      state[payload.conversationId] = payload;
      return state;
    },
  },
  extraReducers: (builder) =>
    builder
      .addCase(messageQueued, (state, { payload }) => {
        const draft = state[payload.conversationId];
        // Who forwards something goes on writing what they have begun.
        if (payload.forward) return state;
        const sentAt = Date.parse(payload.createdAt);
        if (draft && draft.editedAt > sentAt) return state;
        const rest = without(state, payload.conversationId);
        if (!draft?.voice) return rest;
        return { ...rest, [draft.conversationId]: { ...draft, text: '', replyTo: undefined } };
      })
      .addCase(fileQueued, (state, { payload: { clientMsgId, conversationId, replyTo } }) => {
        const draft = state[conversationId];
        if (!draft) return state;
        const rest = { ...draft };
        if (draft.voice?.id === clientMsgId) rest.voice = undefined;
        // What it answers is answered; whoever edits a message meanwhile goes on to do so.
        if (draft.replyTo === replyTo) rest.replyTo = undefined;
        return isEmpty(rest)
          ? without(state, conversationId)
          : { ...state, [conversationId]: rest };
      })
      .addCase(operationQueued, (state, { payload: { change, conversationId, messageId } }) =>
        // Who reacts to the message that they edit goes on editing.
        aspectOf(change) === 'content' ? withoutEdit(state, conversationId, messageId) : state,
      )
      .addCase(chatDropped, (state, { payload }) => without(state, payload))
      .addCase(sessionEnded, () => initialState)
      .addMatcher(mayErase, (state, action) =>
        erasedBy(action).reduce<DraftsState>(
          (drafts, { conversationId, messageId }) => withoutEdit(drafts, conversationId, messageId),
          state,
        ),
      ),
});

export const { draftsRestored, draftEdited } = slice.actions;
export const draftsReducer = slice.reducer;
