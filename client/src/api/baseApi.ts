import { createApi, type BaseQueryApi, type BaseQueryFn } from '@reduxjs/toolkit/query/react';
import { noteServerTime } from '@/lib/serverClock';
import { singleFlight } from '@/lib/singleFlight';
import { sessionIdOf } from '@/lib/token';
import { sessionEnded, sessionStarted, type SessionState } from '@/model/session';
import { problemOf, type Problem } from './problem';
import type { Session } from './types';

/** Longer than any healthy answer; a request that hangs counts as a lost network. */
const TIMEOUT_MS = 15_000;
/** A part of a file, 1 MiB, over a line of 10 KiB/s. */
const RAW_TIMEOUT_MS = 120_000;
const REFRESH_PATH = 'auth/refresh';

export interface Call {
  path: string;
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: unknown;
  params?: Record<string, string | number | undefined>;
  /** A 401 here is the answer, not an expired token. */
  anonymous?: boolean;
  /** Whose words this carries: in nobody else's name may it go out. */
  asUser?: string;
  /** Bytes in the place of `body`, with what is to be said of them. */
  raw?: { bytes: Uint8Array<ArrayBuffer>; headers: Record<string, string> };
  /** It goes out also when the page goes away: only for little. */
  keepalive?: boolean;
  /** Ends the request; the answer is a lost network then. */
  signal?: AbortSignal;
}

type Answer = { data: unknown } | { error: Problem };
type Store = Pick<BaseQueryApi, 'getState' | 'dispatch'>;

function sessionOf(store: Store): SessionState {
  return (store.getState() as { session: SessionState }).session;
}

async function send(call: Call, accessToken: string | null): Promise<Answer> {
  const url = new URL(`/api/v1/${call.path}`, window.location.origin);
  for (const [name, value] of Object.entries(call.params ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const headers = new Headers({ accept: 'application/json' });
  if (accessToken !== null) headers.set('authorization', `Bearer ${accessToken}`);
  if (call.body !== undefined) headers.set('content-type', 'application/json');
  for (const [name, value] of Object.entries(call.raw?.headers ?? {})) headers.set(name, value);
  const body = call.raw?.bytes ?? (call.body === undefined ? null : JSON.stringify(call.body));
  const timeout = AbortSignal.timeout(call.raw ? RAW_TIMEOUT_MS : TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method: call.method ?? 'GET',
      headers,
      credentials: 'same-origin',
      signal: call.signal ? AbortSignal.any([call.signal, timeout]) : timeout,
      body,
      keepalive: call.keepalive ?? false,
    });
    noteServerTime(response);
    if (!response.ok) return { error: await problemOf(response) };
    return { data: response.status === 204 ? null : ((await response.json()) as unknown) };
  } catch {
    return { error: { kind: 'network' } };
  }
}

/** One refresh at a time per store, which its `getState` stands for. */
const oneRefresh = singleFlight<Problem | null>();

/**
 * Trades the refresh cookie for a new access token; null means it worked. One at a time in this
 * tab, and across tabs where the browser has locks (they exist only in secure contexts; elsewhere
 * the server answers the replayed cookie with the same successor).
 */
export function refreshSession(store: Store): Promise<Problem | null> {
  return oneRefresh(store.getState, async () => {
    const refresh = () => send({ path: REFRESH_PATH, method: 'POST' }, null);
    const locks = (navigator as { locks?: LockManager }).locks;
    const answer = await (locks ? locks.request('rookery-refresh', refresh) : refresh());
    if ('data' in answer) {
      const session = answer.data as Session;
      const { user, id } = sessionOf(store);
      // Somebody else signed in in this browser, or this tab missed that its session ended and
      // another one began: what it holds of the former one counts for nothing.
      if (user && user.id !== session.user.id) store.dispatch(sessionEnded('replaced'));
      else if (user && id !== sessionIdOf(session)) store.dispatch(sessionEnded('slept'));
      store.dispatch(sessionStarted(session));
      return null;
    }
    if (answer.error.kind === 'http' && answer.error.status === 401) {
      store.dispatch(sessionEnded('lost'));
    }
    return answer.error;
  });
}

/** The request was one user's, and the session is another one's by now. */
const SESSION_CHANGED: Answer = {
  error: {
    kind: 'http',
    status: 401,
    code: 'session_changed',
    detail: null,
    retryAfterMs: null,
  },
};

/** Sends with the current token; on 401 refreshes once and sends again, as the same user. */
export async function request(call: Call, store: Store): Promise<Answer> {
  if (call.anonymous) return send(call, null);
  const { accessToken: token, user } = sessionOf(store);
  const caller = call.asUser ?? user?.id;
  const changed = () => sessionOf(store).user?.id !== caller;
  if (changed()) return SESSION_CHANGED;
  if (token !== null) {
    const answer = await send(call, token);
    const refused =
      'error' in answer && answer.error.kind === 'http' && answer.error.status === 401;
    if (!refused) return answer;
  }
  // Another request may have refreshed while this one was on its way.
  if (sessionOf(store).accessToken === token) {
    const problem = await refreshSession(store);
    if (problem) return { error: problem };
  }
  return changed() ? SESSION_CHANGED : send(call, sessionOf(store).accessToken);
}

const baseQuery: BaseQueryFn<Call, unknown, Problem> = request;

/**
 * Every request of the client. What belongs to a chat goes on into the model's slices and is not
 * kept here a second time, hence no cache by default.
 */
export const baseApi = createApi({
  reducerPath: 'api',
  baseQuery,
  keepUnusedDataFor: 0,
  tagTypes: ['blocks', 'invites', 'profiles', 'secondFactor', 'sessions', 'starred'],
  endpoints: () => ({}),
});
