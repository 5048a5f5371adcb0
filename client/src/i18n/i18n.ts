/**
 * The words of the interface, by i18next. English comes with the first load, for it is what is left
 * when another language cannot be loaded, but for what only later screens say; the other languages
 * come whole, when somebody reads them.
 */
import i18next, { type ParseKeys } from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Language } from '@/model/settings';
import en from './en.json';
import type later from './en.later.json';
import { directionOf } from './languages';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en & typeof later };
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

/** Loads what only later screens say in English. */
export async function loadLaterTexts(): Promise<void> {
  const { default: words } = await import('./en.later.json');
  i18next.addResourceBundle('en', 'translation', words, true);
}

/** Whether the catalogue has a text with this name, as far as it is loaded. */
export const isText = (key: string): key is TextKey => i18next.exists(key);

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
