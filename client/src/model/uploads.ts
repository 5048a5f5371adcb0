import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { rootReducer, type RootState } from '@/store/rootReducer';
import { sessionEnded } from './session';

/** By the client id of its message: how many bytes of a file the core has, while it is sent. */
type UploadsState = Record<string, number>;

const initialState: UploadsState = {};

const slice = createSlice({
  name: 'uploads',
  initialState,
  reducers: {
    uploadMoved(state, { payload }: PayloadAction<{ clientMsgId: string; bytes: number }>) {
      state[payload.clientMsgId] = payload.bytes;
    },
    uploadEnded: (state, { payload }: PayloadAction<string>) =>
      Object.fromEntries(Object.entries(state).filter(([id]) => id !== payload)),
  },
  extraReducers: (builder) => builder.addCase(sessionEnded, () => initialState),
});

declare module '@/store/rootReducer' {
  interface LazySlices {
    uploads: UploadsState;
  }
}
rootReducer.inject(slice);

/** How many bytes of a message's file the core has; undefined while it is not being sent. */
export const selectUploaded = (state: RootState, clientMsgId: string): number | undefined =>
  state.uploads?.[clientMsgId];

export const { uploadMoved, uploadEnded } = slice.actions;
