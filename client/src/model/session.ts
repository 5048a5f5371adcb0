import { createSelector, createSlice, type PayloadAction } from '@reduxjs/toolkit';
import type { Session, User } from '@/api/types';

/**
 * `restoring`: this browser knew a user; the screens show what is stored while the session is
 * refreshed. `unknown`: nothing stored, but a cookie may still be there.
 */
export type SessionStatus = 'unknown' | 'restoring' | 'authenticated' | 'anonymous';

export interface SessionState {
  status: SessionStatus;
  user: User | null;
  /** Lives in memory only: a persisted token could be stolen from the disk. */
  accessToken: string | null;
}

const initialState: SessionState = { status: 'unknown', user: null, accessToken: null };

const slice = createSlice({
  name: 'session',
  initialState,
  reducers: {
    sessionRestored(state, { payload }: PayloadAction<User>) {
      state.status = 'restoring';
      state.user = payload;
    },
    sessionStarted(state, { payload }: PayloadAction<Session>) {
      state.status = 'authenticated';
      state.user = payload.user;
      state.accessToken = payload.access_token;
    },
    /** Logged out, revoked or refused: the root reducer forgets everything else of the user. */
    sessionEnded(state) {
      state.status = 'anonymous';
      state.user = null;
      state.accessToken = null;
    },
  },
});

export const { sessionRestored, sessionStarted, sessionEnded } = slice.actions;
export const sessionReducer = slice.reducer;

interface WithSession {
  session: SessionState;
}

export const selectSession = (state: WithSession) => state.session;
export const selectSelf = (state: WithSession) => state.session.user;
export const selectSelfId = createSelector(selectSelf, (user) => user?.id ?? '');
