/**
 * Sends what is in the outbox: per chat in the order of writing, one at a time, chats side by
 * side, and in one tab of the browser where it has locks. A message keeps its client id over every
 * retry, also those of a second tab, so the server makes one message of all of them.
 */
import type { Middleware, UnknownAction } from '@reduxjs/toolkit';
import { chatsApi } from '@/api/chats';
import { describeProblem, isProblem, isTransient } from '@/api/problem';
import { backoffMs, createWaiter } from '@/lib/backoff';
import { freshFlight, limitConcurrency } from '@/lib/singleFlight';
import {
  messageAccepted,
  messageFailed,
  messageQueued,
  messageRetried,
  outboxRestored,
  type OutboxEntry,
} from '@/model/outbox';
import { selectSelfId, sessionStarted } from '@/model/session';
import { synchronised } from '@/realtime/actions';
import type { AppDispatch } from '@/store/hooks';
import type { RootState } from '@/store/rootReducer';
import { selectOutbox, selectOutboxOf } from '@/store/selectors';
import type { StoreApi } from '@/store/storeApi';

/** Chats that send at the same time: a long offline day must not open a hundred requests. */
const PARALLEL_SENDS = 4;

function createDelivery(store: StoreApi) {
  const oneRun = freshFlight<void>();
  const limited = limitConcurrency(PARALLEL_SENDS);
  const waiter = createWaiter();

  const signedIn = () => store.getState().session.status === 'authenticated';
  const selfId = () => selectSelfId(store.getState());
  const nextOf = (conversationId: string): OutboxEntry | undefined =>
    selectOutboxOf(store.getState(), conversationId).find(
      (entry) => entry.state === 'queued' && entry.senderId === selfId(),
    );

  /** Sends one message; milliseconds to wait before the next try, or null when it is settled. */
  async function send(entry: OutboxEntry, attempt: number): Promise<number | null> {
    const { clientMsgId, senderId, conversationId, text } = entry;
    const answer = await limited(() =>
      store.dispatch(
        chatsApi.endpoints.sendMessage.initiate(
          { clientMsgId, senderId, conversationId, text },
          { track: false },
        ),
      ),
    );
    if (answer.data) {
      store.dispatch(messageAccepted({ clientMsgId, message: answer.data }));
      return null;
    }
    const problem = answer.error;
    if (!isProblem(problem)) return backoffMs(attempt);
    if (isTransient(problem)) {
      return (problem.kind === 'http' ? problem.retryAfterMs : null) ?? backoffMs(attempt);
    }
    // The session ended: the message waits until its writer is back.
    if (problem.kind === 'http' && problem.status === 401) return backoffMs(attempt);
    store.dispatch(messageFailed({ clientMsgId, reason: describeProblem(problem) }));
    return null;
  }

  /**
   * Tabs share the outbox, so one of them sends at a time, and none keeps the others waiting while
   * it waits itself. Without locks two may send the same, which does no harm.
   */
  async function alone<T>(conversationId: string, task: () => Promise<T>): Promise<T> {
    const locks = (navigator as { locks?: LockManager }).locks;
    if (!locks) return task();
    return await locks.request(`rookery-outbox ${selfId()} ${conversationId}`, task);
  }

  async function drain(conversationId: string): Promise<void> {
    const hasNext = () => signedIn() && nextOf(conversationId) !== undefined;
    for (let attempt = 0; hasNext();) {
      const waitMs = await alone(conversationId, async () => {
        // Another tab may have sent it while this one waited for its turn.
        const entry = nextOf(conversationId);
        return entry && signedIn() ? send(entry, attempt) : null;
      });
      attempt = waitMs === null ? 0 : attempt + 1;
      if (waitMs !== null) await waiter.wait(waitMs);
    }
  }

  function run(conversationId: string): void {
    void oneRun(conversationId, () => drain(conversationId));
  }

  function runAll(): void {
    const queued = selectOutbox(store.getState()).filter((entry) => entry.state === 'queued');
    for (const id of new Set(queued.map((entry) => entry.conversationId))) run(id);
  }

  /** Whatever made a send fail may be over. */
  function retryAll(): void {
    waiter.wake();
    runAll();
  }

  return {
    retryAll,
    handle(action: UnknownAction): void {
      if (messageQueued.match(action)) {
        run(action.payload.conversationId);
      } else if (outboxRestored.match(action)) {
        runAll();
      } else if (
        sessionStarted.match(action) ||
        synchronised.match(action) ||
        messageRetried.match(action)
      ) {
        retryAll();
      }
    },
  };
}

export function createDeliveryMiddleware(): Middleware<object, RootState, AppDispatch> {
  return (store) => {
    const delivery = createDelivery(store);
    window.addEventListener('online', () => delivery.retryAll());
    return (next) => (action) => {
      const result = next(action);
      delivery.handle(action as UnknownAction);
      return result;
    };
  };
}
