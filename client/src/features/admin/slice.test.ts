import { describe, expect, it } from 'vitest';
import type { Problem } from '@/api/problem';
import { AT_MS, someStats } from '@/testing/hubStream';
import {
  dashboardClosed,
  dashboardReducer,
  keyEntered,
  keyRefused,
  lifecycleReceived,
  statsReceived,
  streamLost,
  streamOpened,
  streamStarted,
  WINDOW_MS,
  type DashboardState,
} from './slice';

const LOST: Problem = { kind: 'network' };
const initial = dashboardReducer(undefined, { type: 'start' });

type Action = Parameters<typeof dashboardReducer>[1];
const after = (actions: Action[], state: DashboardState = initial) =>
  actions.reduce(dashboardReducer, state);
const stats = (atMs: number) =>
  statsReceived({ stats: someStats({ at_ms: atMs }), receivedAtMs: atMs + 7 });
const event = (id: string, atMs = AT_MS) =>
  lifecycleReceived({ id, at_ms: atMs, kind: 'api', text: id });

describe('the stream', () => {
  it('is opened, lost and opened again', () => {
    const open = after([keyEntered('k'), streamStarted(), streamOpened()]);
    expect(open).toMatchObject({ status: 'live', problem: null });
    const lost = after([streamLost({ problem: LOST, retryAtMs: 5 })], open);
    expect(lost).toMatchObject({ status: 'waiting', problem: LOST, retryAtMs: 5 });
    const again = after([streamStarted()], lost);
    expect(again).toMatchObject({ status: 'connecting', problem: LOST, retryAtMs: null });
    expect(after([streamOpened()], again)).toMatchObject({ status: 'live', problem: null });
  });

  it('keeps what was seen while it is lost', () => {
    const lost = after([stats(AT_MS), event('1'), streamLost({ problem: LOST, retryAtMs: 5 })]);
    expect(lost.stats?.at_ms).toBe(AT_MS);
    expect(lost.events).toHaveLength(1);
  });

  it('leaves nothing behind when the key is refused, replaced or forgotten', () => {
    const busy = after([streamStarted(), streamOpened(), stats(AT_MS), event('1')]);
    const refusal: Problem = {
      kind: 'http',
      status: 401,
      code: 'x',
      detail: null,
      retryAfterMs: null,
    };
    expect(after([keyRefused(refusal)], busy)).toEqual({
      ...initial,
      status: 'refused',
      problem: refusal,
    });
    expect(after([keyEntered('other')], busy)).toEqual(initial);
    expect(after([dashboardClosed()], busy)).toEqual(initial);
  });

  it('never puts the key into the state', () => {
    expect(JSON.stringify(after([keyEntered('very-secret'), streamStarted()]))).not.toContain(
      'very-secret',
    );
  });
});

describe('samples', () => {
  it('hold what the charts show', () => {
    expect(after([stats(AT_MS)]).samples).toEqual([
      {
        atMs: AT_MS,
        connections: 1_234,
        users: 900,
        rooms: 80,
        eventsPerS: 12.4,
        deliveriesPerS: 310,
        connectsPerS: 1.5,
        disconnectsPerS: 0.5,
        commandsPerS: 44,
        queueBytes: 12_700,
        tokenChecks: 2,
        coresConnected: 2,
        p50Ms: 1.25,
        p99Ms: 8.6,
        maxMs: 21,
      },
    ]);
  });

  it('reach as far back as the window', () => {
    const times = [0, 1_000, WINDOW_MS, WINDOW_MS + 1_000].map((ms) => AT_MS + ms);
    const kept = after(times.map(stats)).samples.map(({ atMs }) => atMs - AT_MS);
    expect(kept).toEqual([1_000, WINDOW_MS, WINDOW_MS + 1_000]);
  });

  it('never run backwards, even when the hub sets its clock back', () => {
    const times = [0, 1_000, 2_000, 1_000].map((ms) => AT_MS + ms);
    const kept = after(times.map(stats)).samples.map(({ atMs }) => atMs - AT_MS);
    expect(kept).toEqual([0, 1_000]);
  });
});

describe('events', () => {
  it('that a new connection replays are there once', () => {
    const ids = (state: DashboardState) => state.events.map(({ id }) => id);
    const first = after([event('1'), event('2')]);
    expect(ids(after([event('1'), event('2'), event('3')], first))).toEqual(['1', '2', '3']);
  });

  it('of a restarted hub are new, though its ids begin anew', () => {
    expect(after([event('1'), event('1', AT_MS + 60_000)]).events).toHaveLength(2);
  });

  it('are kept up to a number', () => {
    const many = Array.from({ length: 250 }, (_, n) => event(String(n)));
    const { events } = after(many);
    expect(events).toHaveLength(200);
    expect(events.at(-1)?.id).toBe('249');
  });
});
