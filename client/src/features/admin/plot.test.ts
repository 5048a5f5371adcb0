import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binaryCeiling, decimalCeiling, paths, type Point } from './plot';

const at = (values: (number | null)[], everyMs = 1_000): Point[] =>
  values.map((value, n) => ({ atMs: n * everyMs, value }));
const FRAME = { startMs: 0, endMs: 3_000, ceiling: 10 };

describe('ceilings', () => {
  it.each([
    [0, 1],
    [0.3, 1],
    [1, 1],
    [1.2, 1.5],
    [7, 8],
    [10, 10],
    [12_098, 15_000],
    [999_999, 1_000_000],
  ])('decimal: %d → %d', (highest, ceiling) => expect(decimalCeiling(highest)).toBe(ceiling));

  it.each([
    [0, 1_024],
    [1_025, 2_048],
    [65_536, 65_536],
  ])('binary: %d → %d', (highest, ceiling) => expect(binaryCeiling(highest)).toBe(ceiling));

  it('hold every value and waste at most half', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e12, noNaN: true }), (highest) => {
        const ceiling = decimalCeiling(highest);
        expect(ceiling).toBeGreaterThanOrEqual(highest);
        expect(ceiling).toBeLessThan(highest * 2);
      }),
    );
  });
});

describe('paths', () => {
  it('go from the left edge to the right one, zero at the bottom', () => {
    const { line, area } = paths(at([0, 5, 10, 2.5]), FRAME);
    expect(line).toBe('M0 100L100 50L200 0L300 75');
    expect(area).toBe('M0 100L0 100L100 50L200 0L300 75L300 100Z');
  });

  it('break where nothing was measured', () => {
    expect(paths(at([5, 5, null, 5]), FRAME).line).toBe('M0 50L100 50M300 50h0');
  });

  it('break where the hub was silent', () => {
    const points = [...at([5, 5]), { atMs: 5_000, value: 5 }, { atMs: 6_000, value: 5 }];
    expect(paths(points, { ...FRAME, endMs: 6_000 }).line).toBe('M0 50L50 50M250 50L300 50');
  });

  it('are empty without a value', () => {
    expect(paths(at([null]), FRAME)).toEqual({ line: '', area: '' });
    expect(paths([], FRAME)).toEqual({ line: '', area: '' });
  });
});
