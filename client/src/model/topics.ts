import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import type { TopicPosition } from '@/api/types';
import { sessionEnded } from './session';

/** Topics beside those of chats, by name: everything up to this position has had its effect here. */
export type TopicsState = Record<string, TopicPosition>;

const initialState: TopicsState = {};

const slice = createSlice({
  name: 'topics',
  initialState,
  reducers: {
    topicsRestored(_, { payload }: PayloadAction<TopicPosition[]>): TopicsState {
      return Object.fromEntries(payload.map((position) => [position.name, position]));
    },
    /** Positions only rise: what was read again changes nothing. */
    topicFollowed(state, { payload }: PayloadAction<TopicPosition>) {
      const known = state[payload.name];
      if (known?.epoch === payload.epoch && known.offset >= payload.offset) return;
      state[payload.name] = payload;
    },
  },
  extraReducers: (builder) => builder.addCase(sessionEnded, () => initialState),
});

export const { topicsRestored, topicFollowed } = slice.actions;
export const topicsReducer = slice.reducer;
