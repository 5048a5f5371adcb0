import { t } from '@/i18n/i18n';
import { clockOptions, perLanguage } from './locale';

const DAY_MS = 86_400_000;

// Each row needs one.
const formats = perLanguage((own) => {
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(own.locale, options);
  return {
    clock: format(clockOptions(own)),
    weekday: format({ weekday: 'long' }),
    shortDate: format({ dateStyle: 'short' }),
    longDate: format({ dateStyle: 'long' }),
    month: format({ month: 'long', year: 'numeric' }),
    wait: (count: number, unit: string) =>
      new Intl.NumberFormat(own.locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count),
  };
});

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** Whole local days from `date` to `now`; rounding absorbs the hour of a clock change. */
function daysAgo(date: Date, now: Date): number {
  return Math.round((startOfDay(now) - startOfDay(date)) / DAY_MS);
}

/** A key that is equal for two times on the same local day. */
export function dayKey(atMs: number): number {
  return startOfDay(new Date(atMs));
}

/** `14:05`, or `2:05 pm` where the reader's region has it so. */
export function clockTime(iso: string): string {
  return formats().clock.format(new Date(iso));
}

/** What a chat row shows: the time today, then Yesterday, the weekday, the date. */
export function rowTime(iso: string, now: Date = new Date()): string {
  const date = new Date(iso);
  const days = daysAgo(date, now);
  if (days <= 0) return formats().clock.format(date);
  if (days === 1) return t('time.yesterday');
  return days < 7 ? formats().weekday.format(date) : formats().shortDate.format(date);
}

/** What a date chip between messages shows. */
export function dayLabel(iso: string, now: Date = new Date()): string {
  const date = new Date(iso);
  const days = daysAgo(date, now);
  if (days <= 0) return t('time.today');
  if (days === 1) return t('time.yesterday');
  return days < 7 ? formats().weekday.format(date) : formats().longDate.format(date);
}

/** `November 2026`, over what was sent in it. */
export const monthLabel = (iso: string): string => formats().month.format(new Date(iso));

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;

/** A time to wait in words, rounded up so that whoever waits that long has waited enough. */
export function waitInWords(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  const [count, unit] =
    seconds <= 90
      ? [seconds, 'second']
      : seconds <= 90 * MINUTE_S
        ? [Math.ceil(seconds / MINUTE_S), 'minute']
        : [Math.ceil(seconds / HOUR_S), 'hour'];
  return formats().wait(count, unit);
}
