import { createSelector, createSlice, type PayloadAction } from '@reduxjs/toolkit';
import type { Session, User } from '@/api/types';
import { sessionIdOf } from '@/lib/token';

/**
 * `restoring`: this browser knew a user; the screens show what is stored while the session is
 * refreshed. `unknown`: nothing stored, but a cookie may still be there.
 */
export type SessionStatus = 'unknown' | 'restoring' | 'authenticated' | 'anonymous';

/**
 * Why a session ended. Only `signed-out` was the person's own wish, and only it takes along what
 * they wrote. `lost`: revoked, expired, or the cookie is gone. `replaced`: somebody else signed in
 * in this browser. `slept`: this tab missed how its session ended, and starts over.
 */
export type SessionEnd = 'signed-out' | 'lost' | 'replaced' | 'slept';

/** What a user left unsent when their session ended against their will. */
export interface LeftWork {
  user: User;
  messages: number;
  drafts: number;
  /** It is in this device's storage; otherwise it lasts as long as the page. */
  kept: boolean;
}

export interface SessionState {
  status: SessionStatus;
  user: User | null;
  /** The server's name for the session: it stays the same when the token is refreshed. */
  id: string | null;
  /** Lives in memory only: a persisted token could be stolen from the disk. */
  accessToken: string | null;
  /** Whose session ended in this tab last, and why. */
  ended: { userId: string; end: SessionEnd } | null;
  /** For the notice about a session that ended against its user's will. */
  left: LeftWork | null;
}

const initialState: SessionState = {
  status: 'unknown',
  user: null,
  id: null,
  accessToken: null,
  ended: null,
  left: null,
};

/** A wish to sign out stands, also where the session was found to be over before. */
function endOf({ user, ended }: SessionState, end: SessionEnd): SessionState['ended'] {
  const userId = user?.id ?? (end === 'signed-out' ? ended?.userId : undefined);
  return userId === undefined ? ended : { userId, end };
}

const slice = createSlice({
  name: 'session',
  initialState,
  reducers: {
    sessionRestored(state, { payload }: PayloadAction<{ user: User; sessionId: string }>) {
      state.status = 'restoring';
      state.user = payload.user;
      state.id = payload.sessionId;
    },
    sessionStarted(state, { payload }: PayloadAction<Session>) {
      state.status = 'authenticated';
      state.user = payload.user;
      state.id = sessionIdOf(payload);
      state.accessToken = payload.access_token;
      state.ended = null;
      state.left = null;
    },
    /** Every slice that holds something of the user forgets it. */
    sessionEnded: {
      prepare: (end: SessionEnd) => ({ payload: end }),
      reducer: (state, { payload }: PayloadAction<SessionEnd>): SessionState => ({
        ...initialState,
        status: 'anonymous',
        ended: endOf(state, payload),
        left: payload === 'signed-out' ? null : state.left,
      }),
    },
    /** The user shows another name or picture, here or on another device. */
    selfChanged(state, { payload }: PayloadAction<Pick<User, 'id'> & Partial<User>>) {
      if (state.user?.id === payload.id) Object.assign(state.user, payload);
    },
    workLeft(state, { payload }: PayloadAction<LeftWork>) {
      state.left = payload;
    },
    leftWorkDismissed(state) {
      state.left = null;
    },
  },
});

export const {
  sessionRestored,
  sessionStarted,
  sessionEnded,
  selfChanged,
  workLeft,
  leftWorkDismissed,
} = slice.actions;
export const sessionReducer = slice.reducer;

interface WithSession {
  session: SessionState;
}

export const selectSession = (state: WithSession) => state.session;
export const selectSelf = (state: WithSession) => state.session.user;
export const selectSelfId = createSelector(selectSelf, (user) => user?.id ?? '');
