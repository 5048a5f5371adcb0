import { describe, expect, it } from 'vitest';
import { AT_MS, someStats } from '@/testing/hubStream';
import type { HubStats } from './contract';
import { alarmsOf, describeLoss, viewOf } from './health';
import { dashboardReducer, type DashboardState, type FeedEntry } from './slice';

const initial = dashboardReducer(undefined, { type: 'start' });
const LIVE: DashboardState = { ...initial, status: 'live', receivedAtMs: 1_000 };

const happened = (...kinds: string[]): FeedEntry[] =>
  kinds.map((kind, n) => ({ id: String(n), at_ms: AT_MS + n, kind, text: `${kind} happened` }));
const alarms = (over: Partial<HubStats> = {}, events: FeedEntry[] = []) =>
  alarmsOf(someStats(over), events).map(({ id, text }) => `${id}: ${text}`);
const pings = (answers: Record<string, number>, failed = 0) => ({
  pings: { announced: ['core-1', 'core-2'], answers, failed },
});

describe('viewOf', () => {
  it('is live while the hub speaks and stale when it falls silent', () => {
    expect(viewOf(LIVE, 4_000)).toBe('live');
    expect(viewOf(LIVE, 4_001)).toBe('stale');
    // A tick that is older than what came since.
    expect(viewOf(LIVE, 500)).toBe('live');
  });

  it('says when there is no stream', () => {
    expect(viewOf({ ...LIVE, status: 'waiting' }, 1_000)).toBe('unreachable');
    expect(viewOf({ ...LIVE, status: 'connecting' }, 1_000)).toBe('connecting');
  });
});

describe('alarmsOf', () => {
  it('is silent while all is well', () => {
    expect(alarms()).toEqual([]);
    expect(alarms({}, happened('hub_started', 'core_unreachable', 'core_reachable'))).toEqual([]);
  });

  it('tells why the hub is not ready', () => {
    expect(alarms({ ready: false })[0]).toMatch(/not-ready: .*new connections/);
    expect(alarms({ ready: false, cores: {} })[0]).toMatch(/not-ready: No core/);
    const leaving = happened('hub_started', 'hub_leaving', 'core_disconnected');
    expect(alarms({ ready: false }, leaving)[0]).toMatch(/not-ready: The hub is leaving/);
  });

  it('tells that no core is reached until one is, or the hub begins anew', () => {
    const lost = happened('core_reachable', 'core_unreachable', 'api');
    expect(alarms({}, lost)[0]).toContain('core: core_unreachable happened (since ');
    expect(alarms({}, happened('core_unreachable', 'hub_started'))).toEqual([]);
  });

  it('names an announced core that no ping reached', () => {
    expect(alarms(pings({ 'core-1': 10 }))).toEqual([expect.stringMatching(/^unreached: /)]);
    const [alarm] = alarmsOf(someStats(pings({ 'core-1': 10 })), []);
    expect(alarm).toMatchObject({ tone: 'warn', title: 'core-2 not reached' });
  });

  it('waits for the check to be over before it says so', () => {
    expect(alarms(pings({}))).toEqual([]);
    expect(alarms(pings({ 'core-1': 4 }))).toEqual([]);
  });

  it('counts the pings that nobody answered', () => {
    const found = alarmsOf(someStats(pings({ 'core-1': 4, 'core-2': 4 }, 2)), []);
    expect(found.map(({ title }) => title)).toEqual(['2 of 10 pings failed']);
  });
});

describe('describeLoss', () => {
  const http = (status: number, code = 'x') =>
    describeLoss({ kind: 'http', status, code, detail: 'hint', retryAfterMs: null });

  it('tells the front door, the hub and its language apart', () => {
    expect(describeLoss({ kind: 'network' })).toMatch(/broke off/);
    expect(http(502)).toMatch(/front door/);
    expect(http(200, 'stream_mismatch')).toMatch(/another language.*hint/);
    expect(http(404)).toBe('The hub answered with 404.');
  });
});
