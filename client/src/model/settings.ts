import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

export type Theme = 'system' | 'light' | 'dark';

export interface SettingsState {
  theme: Theme;
}

const initialState: SettingsState = { theme: 'system' };

const slice = createSlice({
  name: 'settings',
  initialState,
  reducers: {
    settingsRestored: (_, { payload }: PayloadAction<SettingsState>) => payload,
    themeChosen(state, { payload }: PayloadAction<Theme>) {
      state.theme = payload;
    },
  },
});

export const { settingsRestored, themeChosen } = slice.actions;
export const settingsReducer = slice.reducer;
