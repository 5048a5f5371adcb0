/** The geometry of the charts: numbers in, SVG path data out. */

export interface Point {
  atMs: number;
  /** Null where nothing was measured. */
  value: number | null;
}

export interface Frame {
  startMs: number;
  endMs: number;
  /** The value at the upper edge; the lower one is zero. */
  ceiling: number;
}

/** The box in which paths are drawn; it is stretched to whatever room there is. */
export const WIDTH = 300;
export const HEIGHT = 100;

/** The hub speaks once a second; a longer silence is shown as one. */
const GAP_MS = 3_500;

/** Round numbers on which a scale may end; few enough that it rarely jumps. */
const STEPS = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

/** The smallest round number that holds every value: 1, 1.5, 2 … 10, 15, 20 … */
export function decimalCeiling(highest: number): number {
  if (highest <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  return STEPS.map((step) => step * power).find((step) => step >= highest) ?? highest;
}

/** The same in powers of two, from one KiB. */
export function binaryCeiling(highest: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(highest, 1_024)));
}

/** Stretches without a gap; within each, every value is known. */
function stretches(points: readonly Point[]): { atMs: number; value: number }[][] {
  const found: { atMs: number; value: number }[][] = [];
  let open: { atMs: number; value: number }[] | null = null;
  for (const { atMs, value } of points) {
    const last = open?.at(-1);
    if (last && atMs - last.atMs > GAP_MS) open = null;
    if (value === null) {
      open = null;
    } else if (open) {
      open.push({ atMs, value });
    } else {
      open = [{ atMs, value }];
      found.push(open);
    }
  }
  return found;
}

/** What `line` draws, and the area between it and zero. */
export function paths(points: readonly Point[], frame: Frame): { line: string; area: string } {
  const span = Math.max(frame.endMs - frame.startMs, 1);
  const x = (atMs: number) => round(((atMs - frame.startMs) / span) * WIDTH);
  const y = (value: number) => round(HEIGHT - (value / frame.ceiling) * HEIGHT);
  const drawn = stretches(points).map((stretch) => {
    const corners = stretch.map(({ atMs, value }) => `${x(atMs)} ${y(value)}`);
    // A line to its own beginning is a dot where a single value stands alone.
    const line = `M${corners.join('L')}${corners.length === 1 ? 'h0' : ''}`;
    const [first, last] = [stretch[0]?.atMs ?? 0, stretch.at(-1)?.atMs ?? 0];
    return {
      line,
      area: `M${x(first)} ${HEIGHT}L${corners.join('L')}L${x(last)} ${HEIGHT}Z`,
    };
  });
  return {
    line: drawn.map(({ line }) => line).join(''),
    area: drawn.map(({ area }) => area).join(''),
  };
}

/** A tenth of a unit is less than a pixel. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}
