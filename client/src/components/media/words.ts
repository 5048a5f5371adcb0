import { perLanguage } from '@/lib/locale';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

const sizes = perLanguage(({ locale }) =>
  UNITS.map(
    (unit) =>
      new Intl.NumberFormat(locale, {
        style: 'unit',
        unit,
        unitDisplay: unit === 'byte' ? 'long' : 'short',
        maximumFractionDigits: unit === 'megabyte' || unit === 'gigabyte' ? 1 : 0,
      }),
  ),
);

/** “1.4 MB”. */
export function sizeInWords(bytes: number): string {
  const power = bytes < 1_000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return sizes()[power]?.format(bytes / 1_000 ** power) ?? String(bytes);
}

const digits = perLanguage(({ locale }) => ({
  one: new Intl.NumberFormat(locale),
  two: new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 }),
}));

/** “1:05”: minutes and seconds. */
export function lengthInDigits(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${digits().one.format(Math.floor(whole / 60))}:${digits().two.format(whole % 60)}`;
}

/** The end of a file's name, as a short word: “PDF”. */
export function extensionOf(name: string): string {
  const end = /\.([\p{L}\p{N}]{1,5})$/u.exec(name)?.[1];
  return end?.toUpperCase() ?? '';
}
