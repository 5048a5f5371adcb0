import { currentLanguage } from '@/i18n/i18n';

interface Formats {
  locale: string;
  /** 12 or 24 hours is a habit of the reader's region, whatever the words' language. */
  hourCycle: Intl.DateTimeFormatOptions['hourCycle'];
}

/** English as the world outside of America writes its dates. */
const REGION: Partial<Record<string, string>> = { en: 'en-GB' };

/**
 * How to write dates in a language for somebody whose browser prefers these ones, the best first.
 * Dates speak the language of the interface, or a page would have "Montag" beside "Today".
 */
export function formatsFor(language: string, languages: readonly string[]): Formats {
  const own = languages.find((tag) => tag.split('-')[0] === language);
  const { hourCycle } = new Intl.DateTimeFormat(languages[0], {
    hour: 'numeric',
  }).resolvedOptions();
  return { locale: own ?? REGION[language] ?? language, hourCycle };
}

/** Calls `make` once for each language that comes on the screen: formatters are costly to make. */
export function perLanguage<T>(make: (formats: Formats) => T): () => T {
  const made = new Map<string, T>();
  return () => {
    const language = currentLanguage();
    const known = made.get(language);
    if (known !== undefined) return known;
    const fresh = make(formatsFor(language, navigator.languages));
    made.set(language, fresh);
    return fresh;
  };
}

/** A time of day, with both digits of its hour where there are 24 of them. */
export function clockOptions({ hourCycle }: Formats): Intl.DateTimeFormatOptions {
  return {
    hour: hourCycle === 'h23' || hourCycle === 'h24' ? '2-digit' : 'numeric',
    minute: '2-digit',
    hourCycle,
  };
}

const numbers = perLanguage(({ locale }) => new Intl.NumberFormat(locale));

export const inDigits = (count: number): string => numbers().format(count);

/** Larger ones are as good as this one on a badge. */
const NUMBER_MAX = 99;

/** A number on a badge. */
export function badgeNumber(count: number): string {
  return count > NUMBER_MAX ? `${numbers().format(NUMBER_MAX)}+` : numbers().format(count);
}

const lists = perLanguage(({ locale }) => new Intl.ListFormat(locale, { type: 'conjunction' }));

/** “one, another and a third”. */
export const listInWords = (parts: readonly string[]): string => lists().format(parts);
