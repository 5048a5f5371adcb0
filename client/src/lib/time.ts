const DAY_MS = 86_400_000;

// Formatters are costly to make and each row needs one.
const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const shortDate = new Intl.DateTimeFormat(undefined, { dateStyle: 'short' });
const longDate = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

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

/** `14:05`, in the reader's locale. */
export function clockTime(iso: string): string {
  return clock.format(new Date(iso));
}

/** What a chat row shows: the time today, then Yesterday, the weekday, the date. */
export function rowTime(iso: string, now: Date = new Date()): string {
  const date = new Date(iso);
  const days = daysAgo(date, now);
  if (days <= 0) return clock.format(date);
  if (days === 1) return 'Yesterday';
  return days < 7 ? weekday.format(date) : shortDate.format(date);
}

/** What a date chip between messages shows. */
export function dayLabel(iso: string, now: Date = new Date()): string {
  const date = new Date(iso);
  const days = daysAgo(date, now);
  if (days <= 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return days < 7 ? weekday.format(date) : longDate.format(date);
}
