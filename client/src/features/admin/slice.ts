import { createAction, createSlice, type PayloadAction } from '@reduxjs/toolkit';
import type { Problem } from '@/api/problem';
import { rootReducer, type RootState } from '@/store/rootReducer';
import type { HubStats, Lifecycle } from './contract';
import type { Point } from './plot';

/** How far back the charts reach. */
export const WINDOW_MS = 5 * 60_000;
/** More than a replay brings, few enough to render once a second. */
const EVENTS_KEPT = 200;

/**
 * closed → connecting → live; a lost stream waits and connects again; a refused key ends it.
 * The key itself is in the middleware's memory and never in the state.
 */
export type StreamStatus = 'closed' | 'connecting' | 'live' | 'waiting' | 'refused';

/** One moment of the charts. */
export interface Sample {
  atMs: number;
  connections: number;
  users: number;
  rooms: number;
  eventsPerS: number;
  deliveriesPerS: number;
  connectsPerS: number;
  disconnectsPerS: number;
  commandsPerS: number;
  queueBytes: number;
  tokenChecks: number;
  coresConnected: number;
  p50Ms: number | null;
  p99Ms: number | null;
  maxMs: number | null;
}

export interface FeedEntry extends Lifecycle {
  /** Of the hub's stream; a restarted hub begins anew. */
  id: string;
}

export interface DashboardState {
  status: StreamStatus;
  /** Why the stream was lost or the key refused. */
  problem: Problem | null;
  /** When a lost stream is tried again (UTC milliseconds since 1970-01-01). */
  retryAtMs: number | null;
  stats: HubStats | null;
  /** When `stats` came, by this device's clock: the hub's may differ. */
  receivedAtMs: number | null;
  /** Oldest first, by the hub's clock. */
  samples: Sample[];
  /** Oldest first. */
  events: FeedEntry[];
}

const initialState: DashboardState = {
  status: 'closed',
  problem: null,
  retryAtMs: null,
  stats: null,
  receivedAtMs: null,
  samples: [],
  events: [],
};

export function sampleOf(stats: HubStats): Sample {
  const { connections, rates } = stats;
  return {
    atMs: stats.at_ms,
    connections: connections.websocket + connections.http_stream + connections.sse,
    users: stats.users,
    rooms: stats.rooms,
    eventsPerS: rates.events_per_s,
    deliveriesPerS: rates.deliveries_per_s,
    connectsPerS: rates.connects_per_s,
    disconnectsPerS: rates.disconnects_per_s,
    commandsPerS: rates.commands_per_s,
    queueBytes: stats.queue_bytes,
    tokenChecks: stats.verify.in_flight,
    coresConnected: Object.values(stats.cores).filter(({ connected }) => connected).length,
    p50Ms: stats.latency_ms.p50,
    p99Ms: stats.latency_ms.p99,
    maxMs: stats.latency_ms.max,
  };
}

/** An operator gave a key: the middleware opens the stream with it. */
export const keyEntered = createAction<string>('dashboard/keyEntered');
/** The operator left: the middleware ends the stream and forgets the key. */
export const dashboardClosed = createAction('dashboard/closed');
/** The operator does not want to wait for the next try; no reducer handles this. */
export const retryWanted = createAction('dashboard/retryWanted');

/** One line of a chart. */
export function pointsOf(
  samples: readonly Sample[],
  pick: (sample: Sample) => number | null,
): Point[] {
  return samples.map((sample) => ({ atMs: sample.atMs, value: pick(sample) }));
}

const slice = createSlice({
  name: 'dashboard',
  initialState,
  reducers: {
    streamStarted(state) {
      state.status = 'connecting';
      state.retryAtMs = null;
    },
    streamOpened(state) {
      state.status = 'live';
      state.problem = null;
    },
    streamLost(state, { payload }: PayloadAction<{ problem: Problem; retryAtMs: number }>) {
      state.status = 'waiting';
      state.problem = payload.problem;
      state.retryAtMs = payload.retryAtMs;
    },
    keyRefused: (_, { payload }: PayloadAction<Problem>) => ({
      ...initialState,
      status: 'refused' as const,
      problem: payload,
    }),
    statsReceived(state, { payload }: PayloadAction<{ stats: HubStats; receivedAtMs: number }>) {
      const { at_ms: atMs } = payload.stats;
      state.stats = payload.stats;
      state.receivedAtMs = payload.receivedAtMs;
      // A clock that was set back leaves no line that runs backwards.
      const kept = state.samples.filter(
        (sample) => sample.atMs < atMs && sample.atMs >= atMs - WINDOW_MS,
      );
      state.samples = [...kept, sampleOf(payload.stats)];
    },
    /** Each connection replays the newest ones, so most of them may be known. */
    lifecycleReceived(state, { payload }: PayloadAction<FeedEntry>) {
      const known = state.events.some(
        ({ id, at_ms }) => id === payload.id && at_ms === payload.at_ms,
      );
      if (known) return;
      state.events.push(payload);
      if (state.events.length > EVENTS_KEPT) state.events.shift();
    },
  },
  extraReducers: (builder) =>
    builder.addCase(keyEntered, () => initialState).addCase(dashboardClosed, () => initialState),
});

declare module '@/store/rootReducer' {
  interface LazySlices {
    dashboard: DashboardState;
  }
}
rootReducer.inject(slice);

/** The part of the state that is there once the page was opened. */
export const selectDashboard = (state: RootState): DashboardState =>
  state.dashboard ?? initialState;

export const {
  keyRefused,
  lifecycleReceived,
  statsReceived,
  streamLost,
  streamOpened,
  streamStarted,
} = slice.actions;
export const dashboardReducer = slice.reducer;
