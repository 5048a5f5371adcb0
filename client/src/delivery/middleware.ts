/**
 * Sends what the user did and the server does not know of yet: messages from the outbox, and what is
 * to become of messages. Both keep their client id over every retry, also those of a second tab, so
 * the server makes one of all of them.
 */
import type { UnknownAction } from '@reduxjs/toolkit';
import { chatsApi } from '@/api/chats';
import { describeProblem, hasCode } from '@/api/problem';
import type { ChatSettingsChange } from '@/api/types';
import {
  chatCleared,
  clearRefused,
  marksConfirmed,
  messageEdited,
  messageErased,
  messageHidden,
  pinTaken,
  reactionTaken,
  settingsTold,
  starTold,
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
import { limitConcurrency } from '@/lib/singleFlight';
import {
  FILE_LOST,
  fileQueued,
  fileUploaded,
  messageAccepted,
  messageDiscarded,
  messageFailed,
  messageQueued,
  messageRetried,
  outboxRestored,
  quoteLost,
  type OutboxEntry,
} from '@/model/outbox';
import { selectSelfId, sessionEnded, sessionStarted } from '@/model/session';
import { hasHere, letGo } from '@/persistence/files';
import { synchronised } from '@/realtime/actions';
import type { Follow, Happening } from '@/store/followers';
import { selectChat, selectOperations, selectOutbox, selectOutboxOf } from '@/store/selectors';
import type { StoreApi } from '@/store/storeApi';
import { createQueue, type Prepared } from './queue';

const {
  sendMessage,
  editMessage,
  deleteMessage,
  setReaction,
  setPin,
  setStar,
  arrangeChat,
  clearChat,
} = chatsApi.endpoints;
const UNTRACKED = { track: false } as const;

/** Files on their way at the same time: more share one line and are no faster. */
const PARALLEL_UPLOADS = 2;

/** Whether this tab can send it: a file that no disk had room for is in one tab alone. */
const isInReach = ({ clientMsgId, file }: OutboxEntry) =>
  !file || file.attachment !== null || file.kept || hasHere(clientMsgId);

/** What clearing a chat means on this device. */
const cleared = (conversationId: string, { upToSeq }: { upToSeq: number }) =>
  chatCleared({ conversationId, firstSeq: upToSeq + 1 });

export function createDelivery(store: StoreApi): Follow {
  const isOwn = ({ senderId }: { senderId: string }) => senderId === selectSelfId(store.getState());
  const waits = (item: OutboxEntry | Operation) => item.state === 'queued' && isOwn(item);
  const canGo = (entry: OutboxEntry) => waits(entry) && isInReach(entry);

  const uploads = limitConcurrency(PARALLEL_UPLOADS);
  /** By message: ends the upload of its file. */
  const uploading = new Map<string, AbortController>();

  /** Brings its file to the server, which may take long. */
  async function withFile(entry: OutboxEntry): Promise<Prepared<OutboxEntry>> {
    const { clientMsgId: id, file } = entry;
    if (!file || file.attachment) return { item: entry };
    const aborter = new AbortController();
    uploading.set(id, aborter);
    const answer = await uploads(async () => {
      const { signal } = aborter;
      if (signal.aborted) return {};
      const engine = await import('./sendFile').catch(() => null);
      return engine
        ? engine.sendFile(store, entry, signal)
        : { error: { kind: 'network' } as const };
    });
    uploading.delete(id);
    const now = selectOutbox(store.getState()).find(({ clientMsgId }) => clientMsgId === id);
    if (!now || !waits(now)) return { item: null };
    return answer.error ? { error: answer.error } : { item: now };
  }

  /** Messages that are not waiting any more: nothing of their files is sent, or kept here. */
  function afterwards({ action, before, after }: Happening): void {
    const now = after.outbox.entities;
    for (const entry of Object.values(before.outbox.entities)) {
      const { clientMsgId: id, file, state } = entry;
      const stays = now[id];
      if (!file || (stays && stays.state !== 'accepted')) continue;
      uploading.get(id)?.abort();
      // Whoever signs in again goes on with what is kept; who signs out leaves nothing.
      if (sessionEnded.match(action)) {
        if (action.payload === 'signed-out') letGo(id);
        continue;
      }
      letGo(id);
      if (stays || state === 'accepted' || !messageDiscarded.match(action)) continue;
      void import('./sendFile')
        .then(({ cancelFile }) => cancelFile(store, entry))
        .catch(() => null);
    }
  }

  /** Files that were chosen in a page that is gone, and for which the disk had no room. */
  function failLost(): void {
    for (const entry of selectOutbox(store.getState())) {
      if (!waits(entry) || isInReach(entry)) continue;
      store.dispatch(messageFailed({ clientMsgId: entry.clientMsgId, reason: FILE_LOST }));
    }
  }

  /** Whoever reads takes the mark away, so what was read before it is reported first. */
  function isEarly({ conversationId, change }: Operation): boolean {
    if (change.kind !== 'markUnread' || !change.unread) return false;
    const chat = selectChat(store.getState(), conversationId);
    return chat !== undefined && chat.own.read_seq > chat.confirmed.read_seq;
  }

  const messages = createQueue<OutboxEntry>(store, {
    lock: 'rookery-outbox',
    nextOf: (conversationId) => selectOutboxOf(store.getState(), conversationId).find(canGo),
    prepare: withFile,
    send: async (entry) => {
      const { clientMsgId, file } = entry;
      const request = { ...entry, attachmentId: file?.attachment?.id ?? null };
      const answer = await store.dispatch(sendMessage.initiate(request, UNTRACKED));
      if (answer.data) store.dispatch(messageAccepted({ clientMsgId, message: answer.data }));
      return answer;
    },
    onRefused: ({ clientMsgId }, problem) => {
      if (hasCode(problem, 'no_reply_to')) store.dispatch(quoteLost(clientMsgId));
      // It has waited there for longer than the server keeps what no message names.
      if (hasCode(problem, 'no_attachment')) {
        store.dispatch(fileUploaded({ clientMsgId, attachment: null }));
      }
      store.dispatch(messageFailed({ clientMsgId, reason: describeProblem(problem) }));
    },
  });

  const operations = createQueue<Operation>(store, {
    lock: 'rookery-operations',
    nextOf: (conversationId) =>
      selectOperations(store.getState()).find(
        (operation) =>
          operation.conversationId === conversationId && waits(operation) && !isEarly(operation),
      ),
    send: carryOut,
    onRefused: (operation, problem) => {
      const { opId, conversationId, messageId, change } = operation;
      const erased = hasCode(problem, 'message_deleted');
      // What the user typed for it goes, too: it is mostly the message's own text.
      if (erased) store.dispatch(messageErased({ conversationId, messageId }));
      // Nobody has the message any more: for a deletion that is as good.
      if (change.kind === 'clear') store.dispatch(clearRefused(conversationId));
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
    const arrange = async (settings: ChatSettingsChange) => {
      const wanted = { senderId, conversationId, settings };
      const answer = await dispatch(arrangeChat.initiate(wanted, UNTRACKED));
      const told = answer.data && settingsTold({ conversationId, settings: answer.data });
      return { answer, effect: told ?? null };
    };
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
      case 'star': {
        const { starred } = change;
        return {
          answer: await dispatch(setStar.initiate({ ...ref, starred }, UNTRACKED)),
          effect: starTold({ ...at, starred }),
        };
      }
      case 'unpin':
        return {
          answer: await dispatch(setPin.initiate({ ...ref, forS: null }, UNTRACKED)),
          effect: pinTaken({ ...at, pin: null }),
        };
      case 'mute':
        return arrange({ muted_until: change.until });
      case 'archive':
        return arrange({ archived: change.archived });
      case 'pinChat':
        return arrange({ pinned: change.pinnedAt !== null });
      case 'markUnread':
        return arrange({ marked_unread: change.unread });
      case 'clear': {
        const { upToSeq } = change;
        const wanted = { senderId, conversationId, upToSeq };
        return {
          answer: await dispatch(clearChat.initiate(wanted, UNTRACKED)),
          effect: cleared(conversationId, change),
        };
      }
    }
  }

  function runAll(): void {
    const chatsOf = (items: (OutboxEntry | Operation)[]) =>
      new Set(items.filter(waits).map(({ conversationId }) => conversationId));
    for (const id of chatsOf(selectOutbox(store.getState()).filter(isInReach))) messages.run(id);
    for (const id of chatsOf(selectOperations(store.getState()))) operations.run(id);
  }

  function retryAll(): void {
    messages.wake();
    operations.wake();
    runAll();
  }

  window.addEventListener('online', retryAll);

  return (happening) => {
    const { action, before, after } = happening;
    if (before.outbox !== after.outbox) afterwards(happening);
    if (outboxRestored.match(action)) failLost();
    if (messageQueued.match(action) || fileQueued.match(action)) {
      messages.run(action.payload.conversationId);
    } else if (operationQueued.match(action)) {
      const { conversationId, change } = action.payload;
      // It is out of sight at once, whenever the server takes it.
      if (change.kind === 'clear') store.dispatch(cleared(conversationId, change));
      operations.run(conversationId);
    } else if (marksConfirmed.match(action)) {
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
  };
}
