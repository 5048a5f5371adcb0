import { describe, expect, it } from 'vitest';
import { Mismatch } from '@/lib/check';
import { AT_MS, someStats } from '@/testing/hubStream';
import { readLifecycle, readStats } from './contract';

const read = (over: object) => readStats(JSON.stringify({ ...someStats(), ...over }));

describe('readStats', () => {
  it('takes what the contract says, and knows nothing else', () => {
    expect(read({})).toEqual(someStats());
    expect(read({ of_a_newer_hub: 1 })).toEqual(someStats());
  });

  it('takes a latency that was not measured', () => {
    const latency_ms = { p50: null, p99: null, max: null };
    expect(read({ latency_ms }).latency_ms).toEqual(latency_ms);
  });

  it.each([
    [{ rates: undefined }, 'rates'],
    [{ users: '7' }, 'users'],
    [{ ready: null }, 'ready'],
    [{ rooms: null }, 'rooms'],
    [{ latency_ms: { p50: null, p99: null } }, 'latency_ms.max'],
    [{ top_rooms: {} }, 'top_rooms'],
    [{ closes: [{ code: 1, reason: 'x', count: 1 }, { code: 2 }] }, 'closes[1].reason'],
    [{ cores: { 'core-1': { connected: true } } }, 'cores.core-1.published'],
    [{ pings: { announced: [1], answers: {}, failed: 0 } }, 'pings.announced[0]'],
  ])('names what is not as it should be: %o', (over, field) => {
    expect(() => read(over)).toThrow(`“${field}” is not`);
    expect(() => read(over)).toThrow(Mismatch);
  });

  it.each(['', '{', 'null', '[]', '7'])('refuses %o', (data) => {
    expect(() => readStats(data)).toThrow(Mismatch);
  });
});

describe('readLifecycle', () => {
  it('takes a kind of a newer hub', () => {
    const event = { at_ms: AT_MS, kind: 'moon_rose', text: 'above the hub' };
    expect(readLifecycle(JSON.stringify(event))).toEqual(event);
    expect(() => readLifecycle('{"kind":"api","text":"x"}')).toThrow('“at_ms”');
  });
});
