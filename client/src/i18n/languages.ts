/** The languages that the interface speaks, and which of them a reader gets. */
import type { Language, LanguageChoice } from '@/model/settings';

/** Each by its own name, as whoever looks for it would read it. */
export const LANGUAGES: Record<Language, string> = {
  en: 'English',
  de: 'Deutsch',
  es: 'Español',
  ar: 'العربية',
};

export const isLanguage = (tag: string | undefined): tag is Language =>
  tag !== undefined && Object.hasOwn(LANGUAGES, tag);

/** The first of the reader's languages, the best first, that the interface speaks; else English. */
export function preferredLanguage(languages: readonly string[]): Language {
  return languages.map((tag) => tag.split('-')[0]).find(isLanguage) ?? 'en';
}

export function languageOf(
  choice: LanguageChoice,
  languages: readonly string[] = navigator.languages,
): Language {
  return choice === 'browser' ? preferredLanguage(languages) : choice;
}

export function directionOf(language: Language): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr';
}
