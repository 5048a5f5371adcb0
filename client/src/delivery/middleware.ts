/**
 * Sends what the user did and the server does not know of yet: messages from the outbox, and what is
 * to become of messages. Both keep their client id over every retry, also those of a second tab, so
 * the server makes one of all of them.
 */
import type { Middleware, UnknownAction } from '@reduxjs/toolkit';
import { chatsApi } from '@/api/chats';
import { describeProblem, type Problem } from '@/api/problem';
import {
  messageEdited,
  messageErased,
  messageHidden,
  pinTaken,
  reactionTaken,
  type MessageRef,
} from '@/model/chats/slice';
import {
  operationEnded,
  operationFailed,
  operationQueued,
  operationRetried,
  operationsRestored,
  type Change,
  type Operation,
} from '@/model/operations';
import {
  messageAccepted,
  messageFailed,
  messageQueued,
  messageRetried,
  outboxRestored,
  quoteLost,
  type OutboxEntry,
} from '@/model/outbox';
import { selectSelfId, sessionStarted } from '@/model/session';
import { synchronised } from '@/realtime/actions';
import type { AppDispatch } from '@/store/hooks';
import type { RootState } from '@/store/rootReducer';
import { selectOperations, selectOutbox, selectOutboxOf } from '@/store/selectors';
import type { StoreApi } from '@/store/storeApi';
import { createQueue } from './queue';

const { sendMessage, editMessage, deleteMessage, setReaction, setPin } = chatsApi.endpoints;
const UNTRACKED = { track: false } as const;

const hasCode = (problem: Problem, code: string) =>
  problem.kind === 'http' && problem.code === code;

function createDelivery(store: StoreApi) {
  const isOwn = ({ senderId }: { senderId: string }) => senderId === selectSelfId(store.getState());
  const waits = (item: OutboxEntry | Operation) => item.state === 'queued' && isOwn(item);

  const messages = createQueue<OutboxEntry>(store, {
    lock: 'rookery-outbox',
    nextOf: (conversationId) => selectOutboxOf(store.getState(), conversationId).find(waits),
    send: async (entry) => {
      const { clientMsgId } = entry;
      const answer = await store.dispatch(sendMessage.initiate(entry, UNTRACKED));
      if (answer.data) store.dispatch(messageAccepted({ clientMsgId, message: answer.data }));
      return answer;
    },
    onRefused: ({ clientMsgId }, problem) => {
      if (hasCode(problem, 'no_reply_to')) store.dispatch(quoteLost(clientMsgId));
      store.dispatch(messageFailed({ clientMsgId, reason: describeProblem(problem) }));
    },
  });

  const operations = createQueue<Operation>(store, {
    lock: 'rookery-operations',
    nextOf: (conversationId) =>
      selectOperations(store.getState()).find(
        (operation) => operation.conversationId === conversationId && waits(operation),
      ),
    send: carryOut,
    onRefused: (operation, problem) => {
      const { opId, conversationId, messageId, change } = operation;
      const erased = hasCode(problem, 'message_deleted');
      // What the user typed for it goes, too: it is mostly the message's own text.
      if (erased) store.dispatch(messageErased({ conversationId, messageId }));
      // Nobody has the message any more: for a deletion that is as good.
      const done = erased || (hasCode(problem, 'not_found') && change.kind !== 'edit');
      if (done) store.dispatch(operationEnded(opId));
      else store.dispatch(operationFailed({ opId, reason: describeProblem(problem) }));
    },
  });

  async function carryOut(operation: Operation): Promise<{ error?: unknown }> {
    const { opId, senderId, conversationId, messageId, change } = operation;
    const ref = { senderId, conversationId, messageId };
    const { answer, effect } = await request(ref, opId, change);
    // Somebody else may have signed in meanwhile.
    if (answer.error || !isOwn(operation)) return answer;
    if (effect) store.dispatch(effect);
    store.dispatch(operationEnded(opId));
    return answer;
  }

  /** The request that a change is, and what its success means here before the log says it. */
  async function request(
    ref: MessageRef & { senderId: string },
    opId: string,
    change: Change,
  ): Promise<{ answer: { error?: unknown }; effect: UnknownAction | null }> {
    const { dispatch } = store;
    const { senderId, conversationId, messageId } = ref;
    const at = { conversationId, messageId };
    switch (change.kind) {
      case 'edit': {
        const edit = { ...ref, opId, text: change.text, mentions: change.mentions };
        const answer = await dispatch(editMessage.initiate(edit, UNTRACKED));
        return { answer, effect: answer.data ? messageEdited(answer.data) : null };
      }
      case 'delete':
        return {
          answer: await dispatch(
            deleteMessage.initiate({ ...ref, audience: 'everyone' }, UNTRACKED),
          ),
          effect: messageErased(at),
        };
      case 'hide':
        return {
          answer: await dispatch(deleteMessage.initiate({ ...ref, audience: 'me' }, UNTRACKED)),
          effect: messageHidden({ ...at, selfId: senderId }),
        };
      case 'react': {
        const { emoji } = change;
        return {
          answer: await dispatch(setReaction.initiate({ ...ref, emoji }, UNTRACKED)),
          effect: reactionTaken({ ...at, emoji, selfId: senderId }),
        };
      }
      case 'pin': {
        const { forS } = change;
        const answer = await dispatch(setPin.initiate({ ...ref, forS }, UNTRACKED));
        const until = new Date(Date.now() + forS * 1_000).toISOString();
        const pin = { message_id: messageId, by: senderId, until };
        return { answer, effect: pinTaken({ ...at, pin }) };
      }
      case 'unpin':
        return {
          answer: await dispatch(setPin.initiate({ ...ref, forS: null }, UNTRACKED)),
          effect: pinTaken({ ...at, pin: null }),
        };
    }
  }

  function runAll(): void {
    const chatsOf = (items: (OutboxEntry | Operation)[]) =>
      new Set(items.filter(waits).map(({ conversationId }) => conversationId));
    for (const id of chatsOf(selectOutbox(store.getState()))) messages.run(id);
    for (const id of chatsOf(selectOperations(store.getState()))) operations.run(id);
  }

  function retryAll(): void {
    messages.wake();
    operations.wake();
    runAll();
  }

  return {
    retryAll,
    handle(action: UnknownAction): void {
      if (messageQueued.match(action)) {
        messages.run(action.payload.conversationId);
      } else if (operationQueued.match(action)) {
        operations.run(action.payload.conversationId);
      } else if (outboxRestored.match(action) || operationsRestored.match(action)) {
        runAll();
      } else if (
        sessionStarted.match(action) ||
        synchronised.match(action) ||
        messageRetried.match(action) ||
        operationRetried.match(action)
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
