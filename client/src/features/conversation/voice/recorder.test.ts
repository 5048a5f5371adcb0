import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { plugIn, recorder as fake } from '@/testing/microphone';
import type { Halt } from './control';
import { openRecorder, VOICE_MAX_MS } from './recorder';
import { barsOf } from './waveform';

let level: number;
let closed: number;
let halts: Halt[];

const open = () =>
  openRecorder(
    (why) => halts.push(why),
    () => ({ level: () => level, close: () => (closed += 1) }),
  );

beforeEach(() => {
  vi.useFakeTimers();
  plugIn();
  level = 0.5;
  closed = 0;
  halts = [];
});

afterEach(() => vi.unstubAllGlobals());

describe('a recording', () => {
  it('is as long as somebody spoke, without its pauses, and as loud', async () => {
    const recorder = await open();
    fake().said = 'one';
    vi.advanceTimersByTime(1_000);
    const first = await recorder.pause();
    expect(await first.blob.text()).toBe('one');
    expect(first).toMatchObject({ durationMs: 1_000, waveform: Array<number>(10).fill(100) });
    expect(recorder.snapshot().stage).toBe('paused');
    vi.advanceTimersByTime(60_000);
    recorder.resume();
    level = 0.25;
    fake().said = ', two';
    vi.advanceTimersByTime(500);
    const whole = await recorder.finish();
    expect(await whole.blob.text()).toBe('one, two');
    expect(whole.blob.type).toBe('audio/ogg');
    expect(whole.durationMs).toBe(1_500);
    expect(whole.waveform).toEqual([...Array<number>(10).fill(100), 50, 50, 50, 50, 50]);
    expect(recorder.snapshot().stage).toBe('ended');
    expect([fake().stream.stopped, closed, halts]).toEqual([true, 1, []]);
  });

  it('ends by itself when it is as long as it may be', async () => {
    const recorder = await open();
    vi.advanceTimersByTime(VOICE_MAX_MS + 60_000);
    await vi.waitFor(() => expect(halts).toEqual(['full']));
    const { durationMs, waveform } = await recorder.finish();
    expect([durationMs, waveform.length]).toEqual([VOICE_MAX_MS, 64]);
    expect(fake().stream.stopped).toBe(true);
  });

  it('is there though the microphone goes away', async () => {
    const recorder = await open();
    fake().said = 'hello';
    vi.advanceTimersByTime(700);
    fake().stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(halts).toEqual(['cut']);
    const { blob, durationMs } = await recorder.finish();
    expect([await blob.text(), durationMs]).toEqual(['hello', 700]);
  });

  it('lets go of the microphone when it is dropped', async () => {
    const recorder = await open();
    recorder.drop();
    await vi.waitFor(() => expect(fake().stream.stopped).toBe(true));
    expect(halts).toEqual([]);
  });

  it.each([
    ['NotAllowedError', 'denied'],
    ['NotFoundError', 'missing'],
    ['NotReadableError', 'busy'],
    ['TypeError', 'unsupported'],
  ])('does not begin after %s: %s', async (name, reason) => {
    plugIn(name);
    await expect(open()).rejects.toMatchObject({ reason });
  });

  it('does not begin on a page that is not secure', async () => {
    Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: undefined });
    await expect(open()).rejects.toMatchObject({ reason: 'unsupported' });
  });
});

describe('a waveform', () => {
  it('has 64 bars at most, and the loudest moment in one of them', () => {
    const levels = Array.from({ length: 9_000 }, (_, at) => (at === 4_500 ? 0.8 : 0.2));
    const bars = barsOf(levels);
    expect(bars).toHaveLength(64);
    expect(bars.filter((bar) => bar === 100)).toHaveLength(1);
    expect(Math.min(...bars)).toBe(25);
  });

  it('is silent where nothing was loud, and empty where nothing was recorded', () => {
    expect(barsOf([0.001, 0])).toEqual([1, 0]);
    expect(barsOf([])).toEqual([]);
  });
});
