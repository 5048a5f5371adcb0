import { createEntityAdapter, createSlice, isAnyOf, type PayloadAction } from '@reduxjs/toolkit';
import type { Member, User } from '@/api/types';
import { eventsReceived, membersLoaded, noticesRead, snapshotsLoaded } from './chats/slice';
import { sessionEnded } from './session';

/** Everybody who is or was in a chat with the user. */
const adapter = createEntityAdapter<User>();
const initialState = adapter.getInitialState();

/** A role is one in a chat. */
const usersOf = (members: Member[]): User[] =>
  members.map(({ id, handle, display_name }) => ({ id, handle, display_name }));

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
        for (const { members } of payload.conversations) {
          adapter.upsertMany(state, usersOf(members));
        }
      })
      .addCase(membersLoaded, (state, { payload }) => {
        adapter.upsertMany(state, usersOf(payload.members));
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
