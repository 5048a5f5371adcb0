/** As many as a message carries. */
const BARS_MAX = 64;
const BAR_MAX = 100;
/** What is nowhere louder is drawn as silence. */
const SILENCE = 0.1;

/** At most 64 bars from 0 to 100: each the loudest of its part, all by the loudest of them. */
export function barsOf(levels: readonly number[]): number[] {
  const count = Math.min(BARS_MAX, levels.length);
  const loudest = levels.reduce((most, level) => Math.max(most, level), SILENCE);
  return Array.from({ length: count }, (_, at) => {
    const from = Math.floor((at * levels.length) / count);
    const to = Math.floor(((at + 1) * levels.length) / count);
    const bar = levels.slice(from, to).reduce((most, level) => Math.max(most, level), 0);
    return Math.round((bar / loudest) * BAR_MAX);
  });
}
