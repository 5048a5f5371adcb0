import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { chatDropped, type MessageRef } from './chats/slice';
import { sessionEnded } from './session';

export type ChatFilter = 'all' | 'unread' | 'groups';

/** A line of a chat's timeline and how far below the upper edge of the view it begins. */
export interface Place {
  key: string;
  topPx: number;
}

/** Where the user was on screens that are gone for now; in memory only. */
export interface ViewsState {
  list: { search: string; filter: ChatFilter; topPx: number };
  /** By chat, the one left last at the end. A chat without a place is opened at its end. */
  places: { conversationId: string; place: Place }[];
  /** A message that its chat is to go to once it is shown. */
  jump: MessageRef | null;
}

/** More chats than anybody goes back and forth between. */
const PLACES_KEPT = 50;

const initialState: ViewsState = {
  list: { search: '', filter: 'all', topPx: 0 },
  places: [],
  jump: null,
};

function forget(state: ViewsState, conversationId: string): void {
  state.places = state.places.filter((known) => known.conversationId !== conversationId);
}

const slice = createSlice({
  name: 'views',
  initialState,
  reducers: {
    listSearched(state, { payload }: PayloadAction<string>) {
      state.list.search = payload;
    },
    listFiltered(state, { payload }: PayloadAction<ChatFilter>) {
      state.list.filter = payload;
    },
    listLeft(state, { payload }: PayloadAction<{ topPx: number }>) {
      state.list.topPx = payload.topPx;
    },
    /** Null: it was left at its end. */
    chatLeft(state, { payload }: PayloadAction<{ conversationId: string; place: Place | null }>) {
      const { conversationId, place } = payload;
      forget(state, conversationId);
      if (place) state.places.push({ conversationId, place });
      if (state.places.length > PLACES_KEPT) state.places.shift();
    },
    jumpWanted(state, { payload }: PayloadAction<MessageRef>) {
      state.jump = payload;
    },
    jumpTaken(state) {
      state.jump = null;
    },
  },
  extraReducers: (builder) =>
    builder
      .addCase(chatDropped, (state, { payload }) => forget(state, payload))
      .addCase(sessionEnded, () => initialState),
});

export const { listSearched, listFiltered, listLeft, chatLeft, jumpWanted, jumpTaken } =
  slice.actions;
export const viewsReducer = slice.reducer;
