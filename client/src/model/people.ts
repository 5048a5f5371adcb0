import { createEntityAdapter, createSlice, isAnyOf, type PayloadAction } from '@reduxjs/toolkit';
import type { Member, User } from '@/api/types';
import { eventsReceived, membersLoaded, noticesRead, snapshotsLoaded } from './chats/slice';
import { sessionEnded } from './session';

/** Everybody who is or was in a chat with the user. */
const adapter = createEntityAdapter<User>();
const initialState = adapter.getInitialState();

/** A role is one in a chat; a core that knows of no pictures says nothing of them. */
const usersOf = (members: Member[]): User[] =>
  members.map(({ id, handle, display_name, picture_id }) => ({
    id,
    handle,
    display_name,
    ...(picture_id === undefined ? {} : { picture_id }),
  }));

const slice = createSlice({
  name: 'people',
  initialState,
  reducers: {
    /** Somebody shows another name or picture. */
    personChanged(state, { payload }: PayloadAction<Pick<User, 'id'> & Partial<User>>) {
      adapter.updateOne(state, { id: payload.id, changes: payload });
    },
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

export const { peopleRestored, personChanged } = slice.actions;
export const peopleReducer = slice.reducer;
