import { createEntityAdapter, createSlice, isAnyOf, type PayloadAction } from '@reduxjs/toolkit';
import type { User } from '@/api/types';
import { eventsReceived, noticesRead, snapshotsLoaded } from './chats/slice';
import { sessionEnded } from './session';

/** Everybody who is or was in a chat with the user. */
const adapter = createEntityAdapter<User>();
const initialState = adapter.getInitialState();

const slice = createSlice({
  name: 'people',
  initialState,
  reducers: {
    peopleRestored(state, { payload }: PayloadAction<User[]>) {
      adapter.setAll(state, payload);
    },
  },
  extraReducers: (builder) =>
    builder
      .addCase(snapshotsLoaded, (state, { payload }) => {
        for (const { members } of payload.conversations) adapter.upsertMany(state, members);
      })
      .addCase(sessionEnded, () => initialState)
      .addMatcher(isAnyOf(eventsReceived, noticesRead), (state, { payload }) => {
        for (const { event } of payload.changes) {
          if (event.type === 'member.added') adapter.upsertOne(state, event.user);
        }
      }),
});

export const { peopleRestored } = slice.actions;
export const peopleReducer = slice.reducer;
