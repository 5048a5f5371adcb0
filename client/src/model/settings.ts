import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

export type Theme = 'system' | 'light' | 'dark';

/** What the interface is translated to. */
export type Language = 'en' | 'de' | 'es' | 'ar';
export type LanguageChoice = 'browser' | Language;

export interface SettingsState {
  theme: Theme;
  language: LanguageChoice;
}

const initialState: SettingsState = { theme: 'system', language: 'browser' };

const slice = createSlice({
  name: 'settings',
  initialState,
  reducers: {
    /** Older versions stored fewer settings. */
    settingsRestored: (_, { payload }: PayloadAction<Partial<SettingsState>>) => ({
      ...initialState,
      ...payload,
    }),
    themeChosen(state, { payload }: PayloadAction<Theme>) {
      state.theme = payload;
    },
    languageChosen(state, { payload }: PayloadAction<LanguageChoice>) {
      state.language = payload;
    },
  },
});

export const { settingsRestored, themeChosen, languageChosen } = slice.actions;
export const settingsReducer = slice.reducer;
