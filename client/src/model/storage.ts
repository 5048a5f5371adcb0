import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

/**
 * Whether this device keeps what the user does. `not-kept`: it lasts as long as the page, and a
 * full or broken storage is tried again meanwhile. `outdated`: a newer version of the app has taken
 * the storage over, and only a reload brings it.
 */
export type StorageStatus = 'kept' | 'not-kept' | 'outdated';

export interface StorageState {
  status: StorageStatus;
}

const initialState: StorageState = { status: 'kept' };

const slice = createSlice({
  name: 'storage',
  initialState,
  reducers: {
    storageChanged(state, { payload }: PayloadAction<StorageStatus>) {
      // A newer version does not go away again.
      if (state.status !== 'outdated') state.status = payload;
    },
  },
});

export const { storageChanged } = slice.actions;
export const storageReducer = slice.reducer;
