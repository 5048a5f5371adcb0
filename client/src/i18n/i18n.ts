/**
 * The words of the interface, by i18next. English comes with the first load, for it is what is left
 * when another language cannot be loaded; the others come when somebody reads them.
 */
import i18next, { type ParseKeys } from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Language } from '@/model/settings';
import en from './en.json';
import { directionOf } from './languages';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}

/** The name of a text. */
export type TextKey = ParseKeys;

type Catalogue = { default: object };

const LOADERS: Record<Exclude<Language, 'en'>, () => Promise<Catalogue>> = {
  de: () => import('./de.json'),
  es: () => import('./es.json'),
  ar: () => import('./ar.json'),
};

void i18next.use(initReactI18next).init({
  lng: 'en',
  fallbackLng: 'en',
  resources: { en: { translation: en } },
  // React escapes what it draws.
  interpolation: { escapeValue: false },
  // The catalogue is here: the first rendering must not wait.
  initAsync: false,
});

/** For functions outside of components; those use `useTranslation`, which draws them anew. */
export const { t } = i18next;

/** The language on the screen. */
export const currentLanguage = (): Language => i18next.language as Language;

let wanted: Language = 'en';

/** Brings a language on the screen, or English where its words cannot be loaded. */
export async function showLanguage(language: Language): Promise<void> {
  wanted = language;
  const shown = (await load(language)) ? language : 'en';
  // Another one was chosen meanwhile.
  if (wanted !== language) return;
  await i18next.changeLanguage(shown);
  document.documentElement.lang = shown;
  document.documentElement.dir = directionOf(shown);
}

async function load(language: Language): Promise<boolean> {
  if (language === 'en' || i18next.hasResourceBundle(language, 'translation')) return true;
  try {
    const { default: words } = await LOADERS[language]();
    i18next.addResourceBundle(language, 'translation', words);
    return true;
  } catch {
    return false;
  }
}
