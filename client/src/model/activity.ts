import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { connectionChanged } from './connection';
import { eventsReceived } from './chats/slice';
import { sessionEnded } from './session';

/** What people are doing right now. Nothing of it is stored. */
export interface ActivityState {
  /** Chat → user → when it stops being true, in milliseconds since 1970. */
  typing: Record<string, Record<string, number>>;
  /** Chat → who is online; null where the chat is too large to tell. */
  online: Record<string, string[] | null>;
}

const initialState: ActivityState = { typing: {}, online: {} };

function stopTyping(state: ActivityState, conversationId: string, userId: string): void {
  const typing = state.typing[conversationId];
  if (!typing || !(userId in typing)) return;
  state.typing[conversationId] = Object.fromEntries(
    Object.entries(typing).filter(([id]) => id !== userId),
  );
}

interface Who {
  conversationId: string;
  userId: string;
}

const slice = createSlice({
  name: 'activity',
  initialState,
  reducers: {
    typingStarted(state, { payload }: PayloadAction<Who & { until: number }>) {
      (state.typing[payload.conversationId] ??= {})[payload.userId] = payload.until;
    },
    /** The time is up, unless it was extended meanwhile. */
    typingExpired(state, { payload }: PayloadAction<Who & { until: number }>) {
      if (state.typing[payload.conversationId]?.[payload.userId] === payload.until) {
        stopTyping(state, payload.conversationId, payload.userId);
      }
    },
    presenceLoaded(
      state,
      { payload }: PayloadAction<{ conversationId: string; online: string[] | null }>,
    ) {
      state.online[payload.conversationId] = payload.online;
    },
    presenceChanged(state, { payload }: PayloadAction<Who & { online: boolean }>) {
      const known = state.online[payload.conversationId] ?? [];
      const others = known.filter((id) => id !== payload.userId);
      state.online[payload.conversationId] = payload.online ? [...others, payload.userId] : others;
    },
  },
  extraReducers: (builder) =>
    builder
      .addCase(eventsReceived, (state, { payload }) => {
        for (const { event } of payload.changes) {
          if (event.type === 'message.posted') {
            stopTyping(state, payload.conversationId, event.message.sender_id);
          }
        }
      })
      // Without a connection nobody tells who leaves: better to say nothing.
      .addCase(connectionChanged, (state, { payload }) =>
        payload === 'online' || payload === 'syncing' ? state : initialState,
      )
      .addCase(sessionEnded, () => initialState),
});

export const { typingStarted, typingExpired, presenceLoaded, presenceChanged } = slice.actions;
export const activityReducer = slice.reducer;
