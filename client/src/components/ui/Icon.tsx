/** The app's own icons: 24 × 24, drawn with strokes that take the colour of the text. */
const PATHS = {
  back: 'M15 5l-7 7 7 7',
  chat: 'M5 18.500V7a2.500 2.500 0 0 1 2.500-2.500h9A2.500 2.500 0 0 1 19 7v6a2.500 2.500 0 0 1-2.500 2.500H9z',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  clock: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 7.500V12l3 2',
  close: 'M6 6l12 12M18 6L6 18',
  down: 'M6 9.500l6 6 6-6',
  group:
    'M9 11a3.200 3.200 0 1 0 0-6.400A3.200 3.200 0 0 0 9 11zM3.500 19c.4-3.400 2.600-5.200 5.500-5.200s5.100 1.800 5.500 5.200M16 5.200a3 3 0 0 1 0 5.600M17.500 14.200c1.700.6 2.800 2.200 3 4.800',
  leave:
    'M10 5H6.500A1.500 1.500 0 0 0 5 6.500v11A1.500 1.500 0 0 0 6.500 19H10M14.500 8l4 4-4 4M18 12H9.500',
  moon: 'M19 14.500A7.500 7.500 0 0 1 9.500 5 7.500 7.500 0 1 0 19 14.500z',
  person:
    'M12 11.500a3.600 3.600 0 1 0 0-7.200 3.600 3.600 0 0 0 0 7.200zM5 20c.5-3.900 3.300-6 7-6s6.500 2.100 7 6',
  personAdd:
    'M10 11.500a3.600 3.600 0 1 0 0-7.200 3.600 3.600 0 0 0 0 7.200zM3 20c.5-3.900 3.300-6 7-6 1.400 0 2.700.3 3.800.9M18 14v6M15 17h6',
  plus: 'M12 5v14M5 12h14',
  search: 'M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500L20 20',
  send: 'M4.500 12L20 5l-5 15-3-6.500zM12 13.500L20 5',
  settings:
    'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM12 3.500v2M12 18.500v2M20.500 12h-2M5.500 12h-2M18 6l-1.400 1.400M7.400 16.600L6 18M18 18l-1.400-1.400M7.400 7.400L6 6',
  alert: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.500M12 15.800v.2',
} as const;

export type IconName = keyof typeof PATHS;

interface Props {
  name: IconName;
  /** In pixels where the reader has not changed the font size; it grows with that. */
  size?: number;
}

export function Icon({ name, size = 24 }: Props) {
  const side = `${size / 16}rem`;
  return (
    <svg className="icon" viewBox="0 0 24 24" width={side} height={side} aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
