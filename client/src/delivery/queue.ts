/**
 * One thing at a time per chat, in the order of doing, chats side by side, and in one tab of the
 * browser where it has locks. What fails because of the network is tried again.
 */
import { backoffMs, createWaiter } from '@/lib/backoff';
import type { Problem } from '@/api/problem';
import { isProblem, isTransient } from '@/api/problem';
import { freshFlight, limitConcurrency } from '@/lib/singleFlight';
import { selectSelfId } from '@/model/session';
import type { StoreApi } from '@/store/storeApi';

/** Chats that send at the same time: a long offline day must not open a hundred requests. */
const PARALLEL_SENDS = 4;

/** What can go out now; nothing (`null`) where it is wanted no more. */
export type Prepared<T> =
  { item: T | null; error?: undefined } | { item?: undefined; error: Problem };

interface Work<T> {
  /** Tabs take turns by it. */
  lock: string;
  /** What is to go out next in a chat. */
  nextOf: (conversationId: string) => T | undefined;
  /** What must be done before, which may take long and keeps no other chat waiting. */
  prepare?: (item: T) => Promise<Prepared<T>>;
  /** The request for it, and what its answer means. */
  send: (item: T) => Promise<{ error?: unknown }>;
  /** The server will never take it. */
  onRefused: (item: T, problem: Problem) => void;
}

export function createQueue<T>(store: StoreApi, work: Work<T>) {
  const oneRun = freshFlight<void>();
  const limited = limitConcurrency(PARALLEL_SENDS);
  const waiter = createWaiter();

  const signedIn = () => store.getState().session.status === 'authenticated';

  /** Sends one thing, and answers why it was not taken. */
  async function sent(item: T): Promise<unknown> {
    const ready: Prepared<T> = work.prepare ? await work.prepare(item) : { item };
    if (ready.error) return ready.error;
    const { item: wanted } = ready;
    return wanted === null ? undefined : (await limited(() => work.send(wanted))).error;
  }

  /** Sends one thing; milliseconds to wait before the next try, or null when it is settled. */
  async function settle(item: T, attempt: number): Promise<number | null> {
    const problem = await sent(item);
    if (problem === undefined) return null;
    if (!isProblem(problem)) return backoffMs(attempt);
    if (isTransient(problem)) {
      return (problem.kind === 'http' ? problem.retryAfterMs : null) ?? backoffMs(attempt);
    }
    // The session ended: it waits until its writer is back.
    if (problem.kind === 'http' && problem.status === 401) return backoffMs(attempt);
    work.onRefused(item, problem);
    return null;
  }

  /**
   * Tabs share what waits, so one of them sends at a time, and none keeps the others waiting while
   * it waits itself. Without locks two may send the same, which does no harm.
   */
  async function alone<R>(conversationId: string, task: () => Promise<R>): Promise<R> {
    const locks = (navigator as { locks?: LockManager }).locks;
    if (!locks) return task();
    const name = `${work.lock} ${selectSelfId(store.getState())} ${conversationId}`;
    return await locks.request(name, task);
  }

  async function drain(conversationId: string): Promise<void> {
    const hasNext = () => signedIn() && work.nextOf(conversationId) !== undefined;
    for (let attempt = 0; hasNext();) {
      const waitMs = await alone(conversationId, async () => {
        // Another tab may have sent it while this one waited for its turn.
        const item = work.nextOf(conversationId);
        return item !== undefined && signedIn() ? settle(item, attempt) : null;
      });
      attempt = waitMs === null ? 0 : attempt + 1;
      if (waitMs !== null) await waiter.wait(waitMs);
    }
  }

  return {
    run(conversationId: string): void {
      void oneRun(conversationId, () => drain(conversationId));
    },
    /** Whatever made a send fail may be over. */
    wake: () => waiter.wake(),
  };
}
