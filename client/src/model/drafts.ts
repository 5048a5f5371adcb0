import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import type { Conversation, NewVoice } from '@/api/types';
import { erasedBy, mayErase } from './chats/erased';
import { chatDropped, snapshotsLoaded } from './chats/slice';
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
  /**
   * The server has it as it is, for the user's other devices. One that was sent or given up stays
   * without a text until the server knows, and until no older answer can bring it back.
   */
  kept?: boolean | undefined;
  /** It was begun on another device. */
  elsewhere?: boolean | undefined;
  /** What the server had when this was begun; absent once it has this, or where that is not known. */
  base?: Content | undefined;
}

type Content = { text: string; replyTo?: string | undefined };

/** True for what is worth telling of; blanks alone are only kept for whoever goes on to write. */
export function hasDraft(draft: Draft | undefined): draft is Draft {
  return draft !== undefined && (draft.text.trim() !== '' || draft.voice !== undefined);
}

export type DraftsState = Record<string, Draft>;

const initialState: DraftsState = {};

function isNewer(known: Draft | undefined, other: Draft): boolean {
  return known !== undefined && known.editedAt > other.editedAt;
}

const isBlank = ({ text, replyTo }: Content) => text === '' && !replyTo;

/** Whether two drafts say the same on the user's other devices. */
export function saysTheSame(a: Content | undefined, b: Content | undefined): boolean {
  return (a?.text ?? '') === (b?.text ?? '') && (a?.replyTo ?? '') === (b?.replyTo ?? '');
}

/** A change on another device that comes within this time does not disturb who is writing here. */
const WRITING_MS = 5_000;

/** What of it is on this device alone. */
const hasOwn = ({ edit, voice }: Pick<Draft, 'edit' | 'voice'>) =>
  edit !== undefined || voice !== undefined;

function without(state: DraftsState, conversationId: string): DraftsState {
  return Object.fromEntries(Object.entries(state).filter(([id]) => id !== conversationId));
}

const contentOf = ({ text, replyTo }: Content): Content => ({ text, replyTo });

/** What the server has, as far as this device was told, when a draft is changed. */
function baseOf(known: Draft | undefined): Content {
  if (!known) return { text: '' };
  return known.kept ? contentOf(known) : (known.base ?? { text: '' });
}

/** Takes a draft in that was written here. */
function withOwn(state: DraftsState, draft: Draft): DraftsState {
  const known = state[draft.conversationId];
  const kept = known ? known.kept === true && saysTheSame(known, draft) : isBlank(draft);
  if (kept && isBlank(draft) && !hasOwn(draft)) return without(state, draft.conversationId);
  const elsewhere = kept && known?.elsewhere;
  const base = kept ? undefined : baseOf(known);
  return { ...state, [draft.conversationId]: { ...draft, kept, elsewhere, base } };
}

/** What was begun is sent: nothing of it is left, here and on the user's other devices. */
function withoutText(state: DraftsState, conversationId: string, editedAt: number): DraftsState {
  if (!state[conversationId]) return state;
  return withOwn(state, { conversationId, text: '', editedAt });
}

/** What was typed for a message that is no more goes with it: it is mostly the message's own text. */
function withoutEdit(state: DraftsState, conversationId: string, messageId: string): DraftsState {
  const draft = state[conversationId];
  if (draft?.edit?.messageId !== messageId) return state;
  return withOwn(state, { ...draft, edit: undefined });
}

interface DraftHeard {
  conversationId: string;
  /** As the server has it; null: there is none. */
  draft: Conversation['draft'];
  /** Milliseconds since 1970, by the clock of this device. */
  now: number;
  /** Nothing was changed here since it was asked for. */
  sure: boolean;
}

const heardContent = (draft: DraftHeard['draft']): Content => ({
  text: draft?.text ?? '',
  replyTo: draft?.reply_to ?? undefined,
});

/** Whether what the server has is newer than what is here. */
function isNews(known: Draft | undefined, { draft, now, sure }: DraftHeard): boolean {
  if (!known) return draft !== null;
  if (!sure && !known.elsewhere && now - known.editedAt < WRITING_MS) return false;
  if (known.kept) return true;
  // Nobody has written elsewhere since this was begun, whatever the clock of this device says.
  if (known.base && saysTheSame(known.base, heardContent(draft))) return false;
  // What was written here and is not told yet is only older than what was written later elsewhere.
  return draft !== null && Date.parse(draft.updated_at) > known.editedAt;
}

const slice = createSlice({
  name: 'drafts',
  initialState,
  reducers: {
    /** Storage was read, perhaps after something was written here: the newer text stays. */
    draftsRestored(state, { payload }: PayloadAction<Draft[]>) {
      for (const draft of payload) {
        const isOver = draft.kept && isBlank(draft) && !hasOwn(draft);
        if (!isOver && !isNewer(state[draft.conversationId], draft))
          state[draft.conversationId] = draft;
      }
    },
    draftEdited(state, { payload }: PayloadAction<Draft>) {
      // Told by another tab, and this one has written since.
      if (isNewer(state[payload.conversationId], payload)) return state;
      return withOwn(state, payload);
    },
    /** The server has what this says, for the user's other devices. */
    draftKept(state, { payload }: PayloadAction<Content & { conversationId: string }>) {
      const known = state[payload.conversationId];
      if (!known) return;
      const kept = saysTheSame(known, payload);
      // What was typed while this was told builds on it.
      if (!known.kept || kept) known.base = kept ? undefined : contentOf(payload);
      if (kept) known.kept = true;
    },
    /** What the user has begun to write on whatever device. */
    draftHeard(state, { payload }: PayloadAction<DraftHeard>) {
      const { conversationId, draft, now } = payload;
      const known = state[conversationId];
      const content = heardContent(draft);
      if (known && saysTheSame(known, content)) {
        if (payload.sure && isBlank(content) && !hasOwn(known))
          return without(state, conversationId);
        known.kept = true;
        known.base = undefined;
      } else if (isNews(known, payload)) {
        if (isBlank(content) && !(known && hasOwn(known))) return without(state, conversationId);
        // By a clock of this device's own, or what is typed next would count as older.
        const editedAt = draft ? Math.min(Date.parse(draft.updated_at), now) : now;
        state[conversationId] = {
          conversationId,
          ...content,
          editedAt,
          edit: known?.edit,
          voice: known?.voice,
          kept: true,
          elsewhere: true,
        };
      }
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
        if (!draft || draft.editedAt > sentAt) return state;
        if (draft.voice) return withOwn(state, { ...draft, text: '', replyTo: undefined });
        return withoutText(state, payload.conversationId, sentAt);
      })
      .addCase(fileQueued, (state, { payload: { clientMsgId, conversationId, replyTo } }) => {
        const draft = state[conversationId];
        if (!draft) return state;
        const rest = { ...draft };
        if (draft.voice?.id === clientMsgId) rest.voice = undefined;
        // What it answers is answered; whoever edits a message meanwhile goes on to do so.
        if (draft.replyTo === replyTo) rest.replyTo = undefined;
        return withOwn(state, rest);
      })
      .addCase(operationQueued, (state, { payload: { change, conversationId, messageId } }) =>
        // Who reacts to the message that they edit goes on editing.
        aspectOf(change) === 'content' ? withoutEdit(state, conversationId, messageId) : state,
      )
      .addCase(snapshotsLoaded, (state, { payload }) => {
        for (const { id: conversationId, draft } of payload.conversations) {
          // What is here may be newer than this answer. A core of version 0.2 tells of none.
          if (!draft || state[conversationId]) continue;
          const { text, reply_to: replyTo, updated_at: at } = draft;
          const editedAt = Date.parse(at);
          state[conversationId] = {
            conversationId,
            text,
            replyTo: replyTo ?? undefined,
            editedAt,
            kept: true,
            elsewhere: true,
          };
        }
      })
      .addCase(chatDropped, (state, { payload }) => without(state, payload))
      .addCase(sessionEnded, () => initialState)
      .addMatcher(mayErase, (state, action) =>
        erasedBy(action).reduce<DraftsState>(
          (drafts, { conversationId, messageId }) => withoutEdit(drafts, conversationId, messageId),
          state,
        ),
      ),
});

export const { draftsRestored, draftEdited, draftKept, draftHeard } = slice.actions;
export const draftsReducer = slice.reducer;
