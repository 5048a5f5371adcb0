/** The language of the interface. Dates must speak it, too, or a page has "Montag" beside "Today". */
export const LANGUAGE = 'en';

interface Formats {
  locale: string;
  /** 12 or 24 hours is a habit of the reader's region, whatever the words' language. */
  hourCycle: Intl.DateTimeFormatOptions['hourCycle'];
}

/** How to write dates for somebody whose browser prefers these languages, the best first. */
export function formatsFor(languages: readonly string[]): Formats {
  const own = languages.find((tag) => tag.split('-')[0] === LANGUAGE);
  const { hourCycle } = new Intl.DateTimeFormat(languages[0], {
    hour: 'numeric',
  }).resolvedOptions();
  return { locale: own ?? 'en-GB', hourCycle };
}

export const FORMATS = formatsFor(navigator.languages);

/** A time of day, with both digits of its hour where there are 24 of them. */
export const CLOCK: Intl.DateTimeFormatOptions = {
  hour: FORMATS.hourCycle === 'h23' || FORMATS.hourCycle === 'h24' ? '2-digit' : 'numeric',
  minute: '2-digit',
  hourCycle: FORMATS.hourCycle,
};
