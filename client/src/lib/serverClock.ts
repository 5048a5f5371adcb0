/** The server's clock, as this device knows it: its own may be set wrong, and has to do without a network. */
const KEY = 'rookery-clock';
/** Answers tell whole seconds and take their time: less than this is no difference. */
const GRAIN_MS = 2_000;

let offsetMs: number | null = null;

function keptOffset(): number {
  try {
    return Number(localStorage.getItem(KEY) ?? 0) || 0;
  } catch {
    // Storage is switched off: until the first answer this device's clock counts.
    return 0;
  }
}

/** Takes the time from an answer of the server. */
export function noteServerTime({ headers }: Response): void {
  const time = Date.parse(headers.get('date') ?? '');
  const difference = time - Date.now();
  offsetMs ??= keptOffset();
  if (Number.isNaN(time) || Math.abs(difference - offsetMs) < GRAIN_MS) return;
  offsetMs = difference;
  try {
    localStorage.setItem(KEY, String(difference));
  } catch {
    // It is known until the page is closed.
  }
}

/** Milliseconds since 1970. */
export function serverNow(): number {
  offsetMs ??= keptOffset();
  return Date.now() + offsetMs;
}
