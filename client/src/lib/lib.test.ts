import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { backoffMs } from './backoff';
import { paced } from './paced';
import { colourOf, initialsOf, PERSON_COLOURS } from './identity';
import { formatsFor } from './locale';
import { freshFlight, limitConcurrency, singleFlight } from './singleFlight';
import { dayLabel, rowTime } from './time';
import { uuidV7 } from './uuid';

describe('uuidV7', () => {
  it('has the version, the variant and the time, and sorts by it', () => {
    const early = uuidV7(1_700_000_000_000);
    expect(early).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(early.replace('-', '').slice(0, 12), 16)).toBe(1_700_000_000_000);
    const later = Array.from({ length: 5_000 }, () => uuidV7(1_700_000_000_000));
    expect([early, ...later].sort()).toEqual([early, ...later]);
  });
});

describe('identity', () => {
  it('gives everybody one of the colours', () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        const colour = colourOf(id);
        expect(colour).toBeGreaterThanOrEqual(0);
        expect(colour).toBeLessThan(PERSON_COLOURS);
      }),
    );
  });

  it('spreads ids that differ in their last digits over the colours', () => {
    const ids = Array.from({ length: 64 }, (_, n) => `01a20e19-1a46-7067-a09f-2a521a3c58${n}`);
    expect(new Set(ids.map(colourOf)).size).toBe(PERSON_COLOURS);
  });

  it.each([
    ['Ada Lovelace', 'AL'],
    ['ada', 'A'],
    ['Ana María de la Cruz', 'AC'],
    ['🦜 parrot', 'P'],
    ['Weekend hike 🥾', 'WH'],
    ['🦜', '🦜'],
    ['  ', '?'],
  ])('%s has the initials %s', (name, initials) => expect(initialsOf(name)).toBe(initials));
});

describe('times', () => {
  it('speak the language of the interface, with the hours of the reader’s region', () => {
    expect(formatsFor('en', ['de-DE', 'de'])).toEqual({ locale: 'en-GB', hourCycle: 'h23' });
    expect(formatsFor('en', ['de-DE', 'en-US'])).toEqual({ locale: 'en-US', hourCycle: 'h23' });
    expect(formatsFor('de', ['en-US', 'de-AT'])).toEqual({ locale: 'de-AT', hourCycle: 'h12' });
    expect(formatsFor('ar', ['en-GB'])).toEqual({ locale: 'ar', hourCycle: 'h23' });
    expect(formatsFor('en', ['en-US'])).toEqual({ locale: 'en-US', hourCycle: 'h12' });
  });

  const now = new Date(2026, 4, 15, 12, 0);
  const at = (day: number) => new Date(2026, 4, day, 23, 59).toISOString();

  it('are told as close as they are', () => {
    expect(rowTime(new Date(2026, 4, 15, 9, 5).toISOString(), now)).toMatch(/9:05/);
    expect(rowTime(at(14), now)).toBe('Yesterday');
    expect(rowTime(at(11), now)).toBe('Monday');
    expect(dayLabel(now.toISOString(), now)).toBe('Today');
    expect(dayLabel(at(1), now)).toContain('2026');
  });
});

describe('waiting', () => {
  it('grows to a quarter of a minute', () => {
    const waits = [0, 1, 2, 9].map((attempt) => backoffMs(attempt, () => 0.5));
    expect(waits).toEqual([1_000, 2_000, 4_000, 15_000]);
  });
});

describe('pacing', () => {
  it('hands every key over once, a few at a time', () => {
    vi.useFakeTimers();
    const batches: string[][] = [];
    const pace = paced(100, 2, (key) => batches.at(-1)?.push(key));
    ['a', 'b', 'a', 'c'].forEach((key) => pace.add(key));
    for (let round = 0; round < 3; round += 1) {
      batches.push([]);
      vi.advanceTimersByTime(100);
    }
    expect(batches).toEqual([['a', 'b'], ['c'], []]);
  });
});

describe('running tasks', () => {
  it('shares one flight per key', async () => {
    const flight = singleFlight<number>();
    let starts = 0;
    const start = () => Promise.resolve((starts += 1));
    expect(await Promise.all([flight('a', start), flight('a', start)])).toEqual([1, 1]);
    expect(await flight('a', start)).toBe(2);
  });

  it('starts once more for whoever asks while one is under way', async () => {
    const flight = freshFlight<number>();
    let starts = 0;
    const start = () => Promise.resolve((starts += 1));
    const calls = [flight('a', start), flight('a', start), flight('a', start), flight('b', start)];
    expect(await Promise.all(calls)).toEqual([1, 3, 3, 2]);
    await expect(flight('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await flight('a', start)).toBe(4);
  });

  it('keeps to the limit and runs everything', async () => {
    const limited = limitConcurrency(2);
    let active = 0;
    let most = 0;
    const task = async () => {
      active += 1;
      most = Math.max(most, active);
      await Promise.resolve();
      active -= 1;
    };
    await Promise.all(Array.from({ length: 9 }, () => limited(task)));
    expect([most, active]).toEqual([2, 0]);
  });
});
