/**
 * The one stream of the dashboard: opened when a key is entered, opened again whenever it was
 * lost, ended when the page is left or the key refused. The key lives in this closure only.
 */
import type { Middleware, UnknownAction } from '@reduxjs/toolkit';
import type { Problem } from '@/api/problem';
import { backoffMs, createWaiter } from '@/lib/backoff';
import type { AppDispatch } from '@/store/hooks';
import type { RootState } from '@/store/rootReducer';
import type { StoreApi } from '@/store/storeApi';
import { readLifecycle, readStats } from './contract';
import {
  dashboardClosed,
  keyEntered,
  keyRefused,
  lifecycleReceived,
  retryWanted,
  statsReceived,
  streamLost,
  streamOpened,
  streamStarted,
} from './slice';
import { readStream } from './stream';

function isRefusal(problem: Problem): boolean {
  return problem.kind === 'http' && (problem.status === 401 || problem.status === 403);
}

function createWatch({ dispatch }: StoreApi) {
  const waiter = createWaiter();
  /** Changes with every key and with leaving, so that the loop of an earlier one ends. */
  let generation = 0;
  let current: AbortController | null = null;

  async function watch(key: string): Promise<void> {
    stop();
    const mine = generation;
    for (let attempt = 0; ; attempt += 1) {
      dispatch(streamStarted());
      current = new AbortController();
      const problem = await readStream(key, current, {
        onOpen: () => dispatch(streamOpened()),
        onEvent: (event, data, id) => {
          if (event === 'stats') {
            dispatch(statsReceived({ stats: readStats(data), receivedAtMs: Date.now() }));
            attempt = 0;
          } else if (event === 'lifecycle') {
            dispatch(lifecycleReceived({ ...readLifecycle(data), id }));
          }
        },
      });
      if (generation !== mine) return;
      if (isRefusal(problem)) {
        dispatch(keyRefused(problem));
        return;
      }
      const waitMs = backoffMs(attempt);
      dispatch(streamLost({ problem, retryAtMs: Date.now() + waitMs }));
      await waiter.wait(waitMs);
      if (generation !== mine) return;
    }
  }

  function stop(): void {
    generation += 1;
    current?.abort();
    current = null;
    waiter.wake();
  }

  return {
    /** Reacts to an action that the reducer has already seen. */
    handle(action: UnknownAction): void {
      if (keyEntered.match(action)) void watch(action.payload);
      else if (dashboardClosed.match(action)) stop();
      else if (retryWanted.match(action)) waiter.wake();
    },
    networkIsBack: () => waiter.wake(),
  };
}

export const dashboardMiddleware: Middleware<object, RootState, AppDispatch> = (store) => {
  const watch = createWatch(store);
  window.addEventListener('online', watch.networkIsBack);
  return (next) => (action) => {
    const result = next(action);
    watch.handle(action as UnknownAction);
    return result;
  };
};
