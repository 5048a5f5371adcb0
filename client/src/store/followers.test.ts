import { configureStore, createAction } from '@reduxjs/toolkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sessionEnded, sessionRestored } from '@/model/session';
import { ADA } from '@/testing/fixtures';
import { rootReducer } from './rootReducer';
import { followingLater, PENDING_MAX, type CreateFollower, type Happening } from './followers';

const happened = createAction<number>('test/happened');
const answered = createAction<number>('test/answered');
const restored = sessionRestored({ user: ADA, sessionId: 's1' });

function storeWith(load: () => Promise<CreateFollower>) {
  return configureStore({
    reducer: rootReducer,
    middleware: (defaults) => defaults().concat(followingLater(load)),
  });
}

/** A follower that loads when `arrive` is called, and answers the first thing that happens. */
function lateFollower() {
  const heard: Happening[] = [];
  let arrive = () => {};
  const create: CreateFollower = (store) => (happening) => {
    heard.push(happening);
    if (happened.match(happening.action) && happening.action.payload === 1) {
      store.dispatch(answered(1));
    }
  };
  const loaded = new Promise<CreateFollower>((resolve) => {
    arrive = () => resolve(create);
  });
  return { heard, loaded, arrive: () => arrive() };
}

const typesOf = (heard: Happening[]) => heard.map(({ action }) => action.type);

describe('a follower that loads after the first screen', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('hears in its order what happened before, and what it answers after that', async () => {
    const { heard, loaded, arrive } = lateFollower();
    const store = storeWith(() => loaded);
    store.dispatch(happened(1));
    store.dispatch(restored);
    expect(heard).toEqual([]);

    arrive();
    await vi.advanceTimersByTimeAsync(0);
    store.dispatch(happened(2));

    expect(typesOf(heard)).toEqual([
      happened.type,
      sessionRestored.type,
      answered.type,
      happened.type,
    ]);
  });

  it('sees the state that each of them met and left', async () => {
    const { heard, loaded, arrive } = lateFollower();
    const store = storeWith(() => loaded);
    store.dispatch(restored);
    store.dispatch(sessionEnded('slept'));

    arrive();
    await vi.advanceTimersByTimeAsync(0);

    const users = heard.map(({ before, after }) => [before.session.user, after.session.user]);
    expect(users).toEqual([
      [null, ADA],
      [ADA, null],
    ]);
  });

  it('is loaded again when its file did not come', async () => {
    const { heard, loaded, arrive } = lateFollower();
    arrive();
    const load = vi.fn(() => loaded).mockRejectedValueOnce(new Error('no network'));
    const store = storeWith(load);
    store.dispatch(happened(2));
    await vi.advanceTimersByTimeAsync(0);
    expect(heard).toEqual([]);

    window.dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(0);

    expect(load).toHaveBeenCalledTimes(2);
    expect(typesOf(heard)).toEqual([happened.type]);
  });

  it('is kept so many actions, and the session whatever came after it', async () => {
    const { heard, loaded, arrive } = lateFollower();
    const store = storeWith(() => loaded);
    store.dispatch(restored);
    for (let at = 0; at < PENDING_MAX + 5; at += 1) store.dispatch(happened(at + 2));

    arrive();
    await vi.advanceTimersByTimeAsync(0);

    expect(heard).toHaveLength(PENDING_MAX);
    expect(heard[0]?.action.type).toBe(sessionRestored.type);
    expect(heard[1]?.action).toEqual(happened(8));
  });
});
