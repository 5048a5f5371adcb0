/**
 * Loads what the socket did not bring: everything at once after a (re)connect, and the missing
 * events of one chat where the rule finds a gap. Results go into the model; callers only start.
 */
import { chatsApi } from '@/api/chats';
import { isProblem, isTransient } from '@/api/problem';
import type { Changes, Conversation, ConversationList, MessagePage } from '@/api/types';
import { backoffMs, createWaiter } from '@/lib/backoff';
import { freshFlight, limitConcurrency } from '@/lib/singleFlight';
import {
  chatDropped,
  eventsReceived,
  historyLoaded,
  historyLoadFailed,
  historyLoadStarted,
  snapshotsLoaded,
} from '@/model/chats/slice';
import { selectSelfId } from '@/model/session';
import { selectChat } from '@/store/selectors';
import type { StoreApi } from '@/store/storeApi';

/** Few enough that a user with thousands of chats does not storm the core after a blip. */
const PARALLEL_LOADS = 4;
const PAGE_SIZE = 50;
/** After these, about a minute, the next event or reconnect tries again. */
const REPAIR_ATTEMPTS = 6;

export function createSync(store: StoreApi) {
  const oneRepair = freshFlight<void>();
  const oneLoad = freshFlight<void>();
  const limited = limitConcurrency(PARALLEL_LOADS);
  const waiter = createWaiter();
  /** Chats that wait for a page of messages. */
  const loadingHistory = new Set<string>();
  /** Chat → the highest offset that is known to exist. */
  const heads = new Map<string, number>();

  const selfId = () => selectSelfId(store.getState());

  // The answers go on into the model's slices, so nothing is kept in the request cache.
  const fresh = { subscribe: false, forceRefetch: true } as const;
  const get = {
    conversations: (): Promise<ConversationList> =>
      store.dispatch(chatsApi.endpoints.conversations.initiate(undefined, fresh)).unwrap(),
    conversation: (id: string): Promise<Conversation> =>
      store.dispatch(chatsApi.endpoints.conversation.initiate(id, fresh)).unwrap(),
    changes: (conversationId: string, epoch: string, afterOffset: number): Promise<Changes> =>
      store
        .dispatch(
          chatsApi.endpoints.changes.initiate({ conversationId, epoch, afterOffset }, fresh),
        )
        .unwrap(),
    page: (conversationId: string, beforeSeq?: number): Promise<MessagePage> =>
      store
        .dispatch(
          chatsApi.endpoints.messages.initiate(
            { conversationId, beforeSeq, limit: PAGE_SIZE },
            fresh,
          ),
        )
        .unwrap(),
  };

  async function loadSnapshot(id: string): Promise<void> {
    const conversation = await get.conversation(id);
    store.dispatch(
      snapshotsLoaded({ conversations: [conversation], selfId: selfId(), replace: true }),
    );
  }

  /** Reads the log on until nothing is missing that is known to exist. */
  async function readOn(id: string): Promise<void> {
    for (;;) {
      const chat = selectChat(store.getState(), id);
      if (!chat) return loadSnapshot(id);
      const { epoch, offset } = chat.position;
      const answer = await get.changes(id, epoch, offset);
      if (answer.reset) return loadSnapshot(id);
      store.dispatch(
        eventsReceived({ conversationId: id, epoch, changes: answer.changes, selfId: selfId() }),
      );
      const head = Math.max(heads.get(id) ?? 0, answer.topic.offset);
      const now = selectChat(store.getState(), id)?.position.offset ?? head;
      if (now >= head) return;
      // A page that does not join on means that the log has a hole here.
      if (now === offset) return loadSnapshot(id);
    }
  }

  async function withRetries(id: string, load: () => Promise<void>): Promise<void> {
    for (let attempt = 0; attempt < REPAIR_ATTEMPTS; attempt += 1) {
      try {
        await limited(load);
        return;
      } catch (problem) {
        if (!isProblem(problem)) throw problem;
        if (!isTransient(problem)) {
          if (problem.kind === 'http' && problem.status === 404) store.dispatch(chatDropped(id));
          return;
        }
        await waiter.wait(backoffMs(attempt));
      }
    }
  }

  /** Loads the changes of a chat up to its head, which is at least `head`. */
  function repair(id: string, head: number): Promise<void> {
    heads.set(id, Math.max(heads.get(id) ?? 0, head));
    return oneRepair(id, () => withRetries(id, () => readOn(id)).finally(() => heads.delete(id)));
  }

  /** Loads a chat from its snapshot: a new one, or one whose log was replaced. */
  function reload(id: string): Promise<void> {
    return oneLoad(id, () => withRetries(id, () => loadSnapshot(id)));
  }

  /** Compares all heads with the server and loads what moved. Throws when it cannot be asked. */
  async function everything(): Promise<Conversation[]> {
    waiter.wake();
    const known = store.getState().chats.ids;
    const { conversations } = await get.conversations();
    store.dispatch(snapshotsLoaded({ conversations, selfId: selfId(), complete: known }));
    const behind = conversations.filter(({ id, topic }) => {
      const chat = selectChat(store.getState(), id);
      return chat !== undefined && chat.position.offset < topic.offset;
    });
    await Promise.all(behind.map(({ id, topic }) => repair(id, topic.offset)));
    return conversations;
  }

  /** A page of the log that the chat is at now, and what it turned out to be. */
  async function fetchPage(id: string, kind: 'latest' | 'older') {
    const chat = selectChat(store.getState(), id);
    const beforeSeq = kind === 'older' ? chat?.history?.messages[0]?.seq : undefined;
    const epoch = () => selectChat(store.getState(), id)?.position.epoch;
    const page = await get.page(id, beforeSeq);
    if (page.topic.epoch === epoch()) return { page, kind };
    // The log was replaced meanwhile, and with it everything that was known of the chat.
    await reload(id);
    const newest = await get.page(id);
    return newest.topic.epoch === epoch() ? { page: newest, kind: 'latest' as const } : null;
  }

  /** Loads a page of messages, one at a time for a chat. */
  async function history(id: string, kind: 'latest' | 'older'): Promise<void> {
    if (loadingHistory.has(id) || !selectChat(store.getState(), id)) return;
    loadingHistory.add(id);
    store.dispatch(historyLoadStarted({ conversationId: id, kind }));
    const loaded = await fetchPage(id, kind).catch(() => null);
    // Before it is told: whoever hears of this page may want the next one at once.
    loadingHistory.delete(id);
    store.dispatch(
      loaded
        ? historyLoaded({ conversationId: id, ...loaded })
        : historyLoadFailed({ conversationId: id }),
    );
  }

  return {
    everything,
    repair,
    reload,
    history,
  };
}

export type Sync = ReturnType<typeof createSync>;
