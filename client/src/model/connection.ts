import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

/**
 * idle → connecting → syncing → online; `waiting` while the device has no network at all.
 * `syncing`: the socket is up and what was missed is being loaded.
 */
export type ConnectionStatus = 'idle' | 'connecting' | 'waiting' | 'syncing' | 'online';

export interface ConnectionState {
  status: ConnectionStatus;
  /** The page is visible and has the focus: only then are messages being read. */
  attentive: boolean;
}

/** Which status may follow which; anything else is a late report and is ignored. */
const NEXT: Record<ConnectionStatus, readonly ConnectionStatus[]> = {
  idle: ['connecting', 'waiting'],
  connecting: ['syncing', 'waiting', 'idle'],
  waiting: ['connecting', 'syncing', 'idle'],
  syncing: ['online', 'connecting', 'waiting', 'idle'],
  online: ['syncing', 'connecting', 'waiting', 'idle'],
};

const initialState: ConnectionState = { status: 'idle', attentive: false };

const slice = createSlice({
  name: 'connection',
  initialState,
  reducers: {
    connectionChanged(state, { payload }: PayloadAction<ConnectionStatus>) {
      if (NEXT[state.status].includes(payload)) state.status = payload;
    },
    attentionChanged(state, { payload }: PayloadAction<boolean>) {
      state.attentive = payload;
    },
  },
});

export const { connectionChanged, attentionChanged } = slice.actions;
export const connectionReducer = slice.reducer;
