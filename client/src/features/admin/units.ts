import { clockOptions, perLanguage } from '@/lib/locale';

/** A number as people read it, with its unit apart so that it can be set smaller. */
export interface Quantity {
  value: string;
  unit: string;
}

/** Larger numbers are rounded: nobody reads six digits from across a room. */
const EXACT_BELOW = 100_000;

// Formatters are costly to make, and a dashboard formats a hundred numbers a second. In one locale:
// elsewhere in the English-speaking world a million is a small m.
const exact = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const oneDigit = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const clock = perLanguage(
  (own) => new Intl.DateTimeFormat(own.locale, { ...clockOptions(own), second: '2-digit' }),
);
const date = perLanguage((own) => new Intl.DateTimeFormat(own.locale, { dateStyle: 'medium' }));

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB'] as const;

/** `1,204`, `123.5K`; what has no unit of its own is counted in `unit`. */
export function count(value: number, unit = ''): Quantity {
  return { value: (value < EXACT_BELOW ? exact : compact).format(value), unit };
}

/** `0.4 /s`, `38 /s`. */
export function perSecond(value: number): Quantity {
  return value < 10 ? { value: oneDigit.format(value), unit: '/s' } : count(value, '/s');
}

/** `0.8 ms`, `38 ms`, `1.4 s`; a dash where nothing was measured. */
export function milliseconds(value: number | null): Quantity {
  if (value === null) return { value: '–', unit: 'ms' };
  if (value < 10) return { value: oneDigit.format(value), unit: 'ms' };
  if (value < 1_000) return { value: exact.format(value), unit: 'ms' };
  return { value: oneDigit.format(value / 1_000), unit: 's' };
}

/** `0 B`, `12.4 KiB`, `3 MiB`. */
export function bytes(value: number): Quantity {
  let [scaled, power] = [value, 0];
  while (scaled >= 1_024 && power < BYTE_UNITS.length - 1) {
    scaled /= 1_024;
    power += 1;
  }
  return { value: oneDigit.format(scaled), unit: BYTE_UNITS[power] ?? '' };
}

/** The two largest units: `12 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86_400) return `${Math.floor(s / 3_600)} h ${Math.floor((s % 3_600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3_600)} h`;
}

/** As one text, for labels and screen readers. */
export function written({ value, unit }: Quantity): string {
  return unit === '' ? value : `${value} ${unit}`;
}

/** `14:05:09`, in the reader's locale. */
export const timeOfDay = (atMs: number): string => clock().format(atMs);
export const dateOf = (atMs: number): string => date().format(atMs);

/** Ids begin with the time they were made at, so their ends tell them apart: `chat:…2a521a3c58ab`. */
export function shortId(id: string): string {
  const KEPT = 12;
  const prefix = id.slice(0, id.indexOf(':') + 1);
  return id.length <= prefix.length + KEPT ? id : `${prefix}…${id.slice(-KEPT)}`;
}
