/**
 * Sends what is in the outbox: per chat in the order of writing, one at a time, chats side by
 * side. A message keeps its client id over every retry, also those of a second tab, so the server
 * makes one message of all of them.
 */
import type { Middleware, UnknownAction } from '@reduxjs/toolkit';
import { chatsApi } from '@/api/chats';
import { describeProblem, isProblem, isTransient } from '@/api/problem';
import { backoffMs, createWaiter } from '@/lib/backoff';
import { limitConcurrency, singleFlight } from '@/lib/singleFlight';
import {
  messageAccepted,
  messageFailed,
  messageQueued,
  messageRetried,
  type OutboxEntry,
} from '@/model/outbox';
import { sessionStarted } from '@/model/session';
import { synchronised } from '@/realtime/actions';
import type { AppDispatch } from '@/store/hooks';
import type { RootState } from '@/store/rootReducer';
import { selectOutbox, selectOutboxOf } from '@/store/selectors';
import type { StoreApi } from '@/store/storeApi';

/** Chats that send at the same time: a long offline day must not open a hundred requests. */
const PARALLEL_SENDS = 4;

function createDelivery(store: StoreApi) {
  const oneRun = singleFlight<void>();
  const limited = limitConcurrency(PARALLEL_SENDS);
  const waiter = createWaiter();

  const signedIn = () => store.getState().session.status === 'authenticated';
  const nextOf = (conversationId: string): OutboxEntry | undefined =>
    selectOutboxOf(store.getState(), conversationId).find((entry) => entry.state === 'queued');

  /** Sends one message; milliseconds to wait before the next try, or null when it is settled. */
  async function send(entry: OutboxEntry, attempt: number): Promise<number | null> {
    const { clientMsgId, conversationId, text } = entry;
    const answer = await limited(() =>
      store.dispatch(
        chatsApi.endpoints.sendMessage.initiate(
          { clientMsgId, conversationId, text },
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
    // The session ended: the message stays queued for whoever signs in, or is wiped with the rest.
    if (problem.kind === 'http' && problem.status === 401) return backoffMs(attempt);
    store.dispatch(messageFailed({ clientMsgId, reason: describeProblem(problem) }));
    return null;
  }

  async function drain(conversationId: string): Promise<void> {
    let attempt = 0;
    for (;;) {
      const entry = nextOf(conversationId);
      if (!entry || !signedIn()) return;
      const waitMs = await send(entry, attempt);
      attempt = waitMs === null ? 0 : attempt + 1;
      if (waitMs !== null) await waiter.wait(waitMs);
    }
  }

  function run(conversationId: string): void {
    void oneRun(conversationId, () => drain(conversationId));
  }

  function runAll(): void {
    waiter.wake();
    const queued = selectOutbox(store.getState()).filter((entry) => entry.state === 'queued');
    for (const id of new Set(queued.map((entry) => entry.conversationId))) run(id);
  }

  return {
    runAll,
    handle(action: UnknownAction): void {
      if (messageQueued.match(action)) {
        run(action.payload.conversationId);
      } else if (
        sessionStarted.match(action) ||
        synchronised.match(action) ||
        messageRetried.match(action)
      ) {
        runAll();
      }
    },
  };
}

export function createDeliveryMiddleware(): Middleware<object, RootState, AppDispatch> {
  return (store) => {
    const delivery = createDelivery(store);
    window.addEventListener('online', () => delivery.runAll());
    return (next) => (action) => {
      const result = next(action);
      delivery.handle(action as UnknownAction);
      return result;
    };
  };
}
