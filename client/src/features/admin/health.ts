import type { Problem } from '@/api/problem';
import type { HubStats } from './contract';
import type { DashboardState, FeedEntry } from './slice';
import { MISMATCH } from './stream';
import { timeOfDay } from './units';

/** Pings of one start-up check. */
export const PINGS = 10;
/** The hub speaks once a second; three missed words are no accident. */
const STALE_AFTER_MS = 3_000;

/** What the operator is told of the stream. */
export type View = 'connecting' | 'live' | 'stale' | 'unreachable';

export function viewOf(state: DashboardState, nowMs: number): View {
  if (state.status === 'waiting') return 'unreachable';
  if (state.status !== 'live') return 'connecting';
  return ageMs(state, nowMs) > STALE_AFTER_MS ? 'stale' : 'live';
}

/** How old the numbers on the screen are. */
export function ageMs({ receivedAtMs }: DashboardState, nowMs: number): number {
  return receivedAtMs === null ? 0 : Math.max(0, nowMs - receivedAtMs);
}

/** Something that cannot wait until somebody reads the numbers. */
export interface Alarm {
  id: string;
  tone: 'bad' | 'warn';
  title: string;
  text: string;
}

export function alarmsOf(stats: HubStats, events: readonly FeedEntry[]): Alarm[] {
  const alarms: Alarm[] = [];
  if (!stats.ready) {
    const anyCore = Object.values(stats.cores).some(({ connected }) => connected);
    const leaving = events.findLast(({ kind }) => kind.startsWith('hub_'))?.kind === 'hub_leaving';
    alarms.push({
      id: 'not-ready',
      tone: 'bad',
      title: 'Not ready',
      text: leaving
        ? 'The hub is leaving and hands its connections over.'
        : anyCore
          ? 'The hub says that it cannot serve new connections yet.'
          : 'No core has a stream to this hub.',
    });
  }
  const reach = events.findLast(
    ({ kind }) =>
      kind === 'core_unreachable' || kind === 'core_reachable' || kind === 'hub_started',
  );
  if (reach?.kind === 'core_unreachable') {
    alarms.push({
      id: 'core',
      tone: 'bad',
      title: 'Core unreachable',
      text: `${reach.text} (since ${timeOfDay(reach.at_ms)})`,
    });
  }
  const unreached = unreachedCores(stats);
  if (unreached.length > 0) {
    alarms.push({
      id: 'unreached',
      tone: 'warn',
      title: `${unreached.join(' and ')} not reached`,
      text: `Announced, but none of the ${PINGS} start-up pings through nginx came to it.`,
    });
  }
  if (stats.pings.failed > 0) {
    alarms.push({
      id: 'pings',
      tone: 'warn',
      title: `${stats.pings.failed} of ${PINGS} pings failed`,
      text: 'Nobody answered them in the start-up check through nginx.',
    });
  }
  return alarms;
}

/** How many pings of the start-up check have an outcome by now. */
export function pingsDone({ pings }: HubStats): number {
  return Object.values(pings.answers).reduce((sum, answers) => sum + answers, pings.failed);
}

/** Announced cores that no ping came to; while the check runs, there is nothing to say. */
export function unreachedCores(stats: HubStats): string[] {
  if (pingsDone(stats) < PINGS) return [];
  return stats.pings.announced.filter((name) => !stats.pings.answers[name]);
}

/** Every core that announced itself or has had a stream, by name. */
export function coreNames({ cores, pings }: HubStats): string[] {
  return [...new Set([...Object.keys(cores), ...pings.announced])].sort();
}

/** Why there is no stream, in one sentence. */
export function describeLoss(problem: Problem): string {
  if (problem.kind === 'network') return 'The stream broke off, or nobody answered.';
  if (problem.code === MISMATCH) {
    return `The hub speaks another language than this page: ${problem.detail ?? 'unknown'}.`;
  }
  if (problem.status === 502 || problem.status === 504) {
    return 'The front door answers, the hub behind it does not.';
  }
  return `The hub answered with ${problem.status}.`;
}

/** Why a key was refused, in one sentence. */
export function describeRefusal(problem: Problem): string {
  return problem.kind === 'http' && problem.status === 403
    ? 'This key is good, but it lacks the scope “stats”.'
    : 'The hub does not know this key.';
}
