/**
 * What acts on the store's actions once the reducers have seen them. It may load after the first
 * screen: what happens before is kept, and told to it in its order.
 */
import type { Middleware, UnknownAction } from '@reduxjs/toolkit';
import { backoffMs, createWaiter } from '@/lib/backoff';
import { sessionEnded, sessionRestored, sessionStarted } from '@/model/session';
import type { AppDispatch } from './hooks';
import type { RootState } from './rootReducer';
import type { StoreApi } from './storeApi';

/** An action, with the state that it met and the state that it left. */
export interface Happening {
  action: UnknownAction;
  before: RootState;
  after: RootState;
}

export type Follow = (happening: Happening) => void;
export type CreateFollower = (store: StoreApi) => Follow;
type StoreMiddleware = Middleware<object, RootState, AppDispatch>;

/** Actions that are kept for a follower whose file cannot be loaded. */
export const PENDING_MAX = 1_000;

const ofSession = ({ action }: Happening) =>
  sessionStarted.match(action) || sessionRestored.match(action) || sessionEnded.match(action);

/** Tells a follower of every action. */
export function following(create: CreateFollower): StoreMiddleware {
  return (store) => {
    const follow = create(store);
    return (next) => (action) => {
      const before = store.getState();
      const result = next(action);
      follow({ action: action as UnknownAction, before, after: store.getState() });
      return result;
    };
  };
}

/** The same, for a follower that loads: at once, and again until it is there. */
export function followingLater(load: () => Promise<CreateFollower>): StoreMiddleware {
  return following((store) => {
    const pending: Happening[] = [];
    let follow: Follow | null = null;
    const waiter = createWaiter();
    window.addEventListener('online', waiter.wake);

    async function begin(): Promise<void> {
      for (let attempt = 0; ; attempt += 1) {
        const create = await load().catch(() => null);
        if (create) {
          const loaded = create(store);
          // What it does on hearing one thing comes after what has happened already.
          for (let next = pending.shift(); next; next = pending.shift()) loaded(next);
          follow = loaded;
          return;
        }
        await waiter.wait(backoffMs(attempt));
      }
    }

    function keep(happening: Happening): void {
      pending.push(happening);
      if (pending.length <= PENDING_MAX) return;
      // Whose session it is counts however long ago it began; the rest is looked for in the state
      // once there is a connection.
      const oldest = pending.findIndex((kept) => !ofSession(kept));
      pending.splice(Math.max(oldest, 0), 1);
    }

    void begin();
    return (happening) => (follow ?? keep)(happening);
  });
}
