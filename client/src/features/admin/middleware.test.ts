import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lateMiddleware } from '@/store/lateMiddleware';
import { HubStream } from '@/testing/hubStream';
import { problem } from '@/testing/problem';
import { forgetStorage, startStack, until, type Stack } from '@/testing/stack';
import { dashboardMiddleware } from './middleware';
import { dashboardClosed, keyEntered, retryWanted, selectDashboard } from './slice';

lateMiddleware.addMiddleware(dashboardMiddleware);

let stack: Stack;
let hub: HubStream;
const state = () => selectDashboard(stack.store.getState());
const dispatch = (action: Parameters<Stack['store']['dispatch']>[0]) =>
  stack.store.dispatch(action);

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  hub = new HubStream();
});
afterEach(() => dispatch(dashboardClosed()));

/** Enters a key and waits for the first numbers. */
async function watch(): Promise<void> {
  dispatch(keyEntered('good-key'));
  await hub.opened();
  hub.stats();
  await until(() => state().stats !== null);
}

async function lose(): Promise<void> {
  hub.end();
  await until(() => state().status === 'waiting');
}

describe('watching', () => {
  it('presents the key in the header and shows what comes', async () => {
    await watch();
    hub.lifecycle(1);
    await until(() => state().events.length === 1);
    expect(hub.keys).toEqual(['good-key']);
    expect(state()).toMatchObject({ status: 'live', stats: { hub: 'hub-1' } });
    expect(Date.now() - (state().receivedAtMs ?? 0)).toBeLessThan(5_000);
  });

  it('puts together what the network took apart', async () => {
    await watch();
    const text = 'id: 9\nevent: lifecycle\ndata: {"at_ms":1,"kind":"api","text":"über"}\n\n';
    for (const piece of [text.slice(0, 20), text.slice(20)]) hub.send(piece);
    await until(() => state().events[0]?.text === 'über');
  });

  it('ends with the page', async () => {
    await watch();
    dispatch(dashboardClosed());
    await until(() => !hub.isOpen);
    expect(state()).toMatchObject({ status: 'closed', stats: null });
  });

  it('goes over to another key without a trace of the first', async () => {
    await watch();
    dispatch(keyEntered('other-key'));
    expect(state().stats).toBeNull();
    await hub.opened(2);
    expect(hub.keys).toEqual(['good-key', 'other-key']);
  });
});

describe('a refused key', () => {
  it.each([401, 403])('of %d is not tried again', async (status) => {
    hub.refusals.push(problem(status, 'no'));
    dispatch(keyEntered('bad-key'));
    await until(() => state().status === 'refused');
    expect(state().problem).toMatchObject({ status });
    dispatch(retryWanted());
    window.dispatchEvent(new Event('online'));
    expect(hub.keys).toEqual(['bad-key']);
  });

  it('ends a dashboard that was live', async () => {
    await watch();
    await lose();
    hub.refusals.push(problem(401, 'revoked'));
    dispatch(retryWanted());
    await until(() => state().status === 'refused');
    expect(state().stats).toBeNull();
  });
});

describe('a lost stream', () => {
  it('comes back by itself, with what was there', async () => {
    await watch();
    await lose();
    expect(state()).toMatchObject({ problem: { kind: 'network' }, stats: { hub: 'hub-1' } });
    await hub.opened(2);
    expect(hub.keys).toEqual(['good-key', 'good-key']);
    await until(() => state().status === 'live');
    expect(state().problem).toBeNull();
  });

  it('is waited for longer each time, and from the beginning once it spoke', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const waitMs = () => (state().retryAtMs ?? 0) - Date.now();
    const fail = async (times: number) => {
      hub.refusals.push(problem(502, 'bad_gateway'));
      dispatch(retryWanted());
      await until(() => hub.keys.length === times && state().status === 'waiting');
    };
    await watch();
    await lose();
    expect(waitMs()).toBeLessThanOrEqual(1_000);
    await fail(2);
    expect(waitMs()).toBeGreaterThan(1_000);
    await fail(3);
    expect(waitMs()).toBeGreaterThan(2_000);
    dispatch(retryWanted());
    await hub.opened(2);
    hub.stats({ users: 1 });
    await until(() => state().stats?.users === 1);
    await lose();
    expect(waitMs()).toBeLessThanOrEqual(1_000);
  });

  it('is tried at once when the network is back', async () => {
    await watch();
    await lose();
    window.dispatchEvent(new Event('online'));
    await hub.opened(2);
    expect(state().retryAtMs).toBeNull();
  });

  it('is one that says nothing for ten seconds', async () => {
    await watch();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    hub.stats({ users: 2 });
    await expect.poll(() => state().stats?.users).toBe(2);
    vi.advanceTimersByTime(9_999);
    expect(state().status).toBe('live');
    vi.advanceTimersByTime(1);
    await expect.poll(() => state().status).toBe('waiting');
    expect(hub.isOpen).toBe(false);
  });

  it('is one that this page does not understand', async () => {
    await watch();
    hub.send('event: stats\ndata: {"hub":"hub-2"}\n\n');
    await until(() => state().status === 'waiting');
    expect(state().problem).toMatchObject({ detail: '“version” is not a text' });
    expect(state().stats?.hub).toBe('hub-1');
  });

  it('is one that leads to a page', async () => {
    hub.refusals.push(new Response('<html>', { headers: { 'content-type': 'text/html' } }));
    dispatch(keyEntered('good-key'));
    await until(() => state().status === 'waiting');
    expect(state().problem).toMatchObject({ code: 'stream_mismatch' });
  });

  it('is no longer wanted once the page is left', async () => {
    await watch();
    await lose();
    dispatch(dashboardClosed());
    window.dispatchEvent(new Event('online'));
    expect(state().status).toBe('closed');
    expect(hub.keys).toHaveLength(1);
  });
});
