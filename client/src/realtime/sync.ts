/**
 * Loads what the socket did not bring: everything at once after a (re)connect, and the missing
 * events of one chat where the rule finds a gap. Results go into the model; callers only start.
 */
import { chatsApi } from '@/api/chats';
import { isProblem, isTransient } from '@/api/problem';
import type {
  Changes,
  Conversation,
  ConversationPage,
  HeadPage,
  LoggedChange,
  Member,
  MemberPage,
  MessagePage,
  TopicPosition,
} from '@/api/types';
import { backoffMs, createWaiter } from '@/lib/backoff';
import { freshFlight, limitConcurrency } from '@/lib/singleFlight';
import { isOfMembers, membersAfter } from '@/model/chats/members';
import {
  chatDropped,
  eventsReceived,
  historyLoaded,
  historyLoadEnded,
  historyLoadFailed,
  historyLoadStarted,
  jumpMoved,
  membersLoaded,
  snapshotsLoaded,
  type JumpLoad,
  type MessageRef,
} from '@/model/chats/slice';
import { endOf, type PageKind } from '@/model/chats/stretches';
import type { Chat, Position } from '@/model/chats/types';
import { selectSelfId } from '@/model/session';
import { selectChat, selectChatOrder } from '@/store/selectors';
import type { StoreApi } from '@/store/storeApi';

/** Few enough that a user with thousands of chats does not storm the core after a blip. */
const PARALLEL_LOADS = 4;
const PAGE_SIZE = 50;
/** After these, about a minute, the next event or reconnect tries again. */
const REPAIR_ATTEMPTS = 6;
/** Enough for a journey; more would be loaded by everybody and read by few. */
const CHATS_AHEAD = 20;

/** A page that is older than a change that was heard is asked for again, so often at most. */
const PAGE_ATTEMPTS = 5;

type HistoryKind = Exclude<PageKind, 'around'>;

/** A page of messages, where it goes, and the message that it continues. */
interface HistoryPage {
  page: MessagePage;
  kind: HistoryKind;
  from: number | undefined;
}

interface PageEnds {
  beforeSeq?: number | undefined;
  afterSeq?: number | undefined;
  around?: string;
}

interface Request<T> {
  unwrap: () => Promise<T>;
  unsubscribe: () => void;
}

/**
 * The answer to a request of its own. Redux Toolkit answers a second request for the same with what
 * the first one brings, so that one is waited for; and it forgets an answer that nobody subscribes
 * to, also while the next one is under way, so the request is held until it is answered.
 */
async function answered<T>(
  running: () => PromiseLike<unknown> | undefined,
  start: () => Request<T>,
): Promise<T> {
  for (let other = running(); other; other = running()) await other;
  const request = start();
  try {
    return await request.unwrap();
  } finally {
    request.unsubscribe();
  }
}

/** The next page. A server that names the same one again has none after it. */
function after(cursor: string | undefined, next: string | null): string | undefined {
  return next === cursor ? undefined : (next ?? undefined);
}

/** A core of version 0.2 names none. */
function pinnedOf({ pinned }: Partial<ConversationPage>): Conversation[] {
  return pinned ?? [];
}

export function createSync(store: StoreApi) {
  const oneRepair = freshFlight<void>();
  const oneLoad = freshFlight<void>();
  const limited = limitConcurrency(PARALLEL_LOADS);
  const waiter = createWaiter();
  /** Chats that wait for an older or a newer page of messages. */
  const loadingMore = new Set<string>();
  /** Chat → the furthest position that is known to exist. */
  const heads = new Map<string, Position>();
  /** Chat whose members are being read → since where, and what was heard of them. */
  const membersHeard = new Map<string, { at: Position; heard: LoggedChange[] }>();
  /** Chat → how often what the user is to it was heard to change. */
  const standings = new Map<string, number>();

  const selfId = () => selectSelfId(store.getState());

  // The answers go on into the model's slices, so nothing is kept in the request cache.
  const anew = { forceRefetch: true } as const;
  const { util, endpoints } = chatsApi;
  const { dispatch } = store;
  const get = {
    conversations: (cursor: string | undefined): Promise<ConversationPage> =>
      answered(
        () => dispatch(util.getRunningQueryThunk('conversations', cursor)),
        () => dispatch(endpoints.conversations.initiate(cursor, anew)),
      ),
    heads: (cursor: string | undefined): Promise<HeadPage> =>
      answered(
        () => dispatch(util.getRunningQueryThunk('heads', cursor)),
        () => dispatch(endpoints.heads.initiate(cursor, anew)),
      ),
    members: (conversationId: string, cursor: string | undefined): Promise<MemberPage> =>
      answered(
        () => dispatch(util.getRunningQueryThunk('members', { conversationId, cursor })),
        () => dispatch(endpoints.members.initiate({ conversationId, cursor }, anew)),
      ),
    conversation: (id: string): Promise<Conversation> =>
      answered(
        () => dispatch(util.getRunningQueryThunk('conversation', id)),
        () => dispatch(endpoints.conversation.initiate(id, anew)),
      ),
    changes: (conversationId: string, epoch: string, afterOffset: number): Promise<Changes> => {
      const range = { conversationId, epoch, afterOffset };
      return answered(
        () => dispatch(util.getRunningQueryThunk('changes', range)),
        () => dispatch(endpoints.changes.initiate(range, anew)),
      );
    },
    page: (conversationId: string, ends: PageEnds): Promise<MessagePage> => {
      const range = { conversationId, ...ends, limit: PAGE_SIZE };
      return answered(
        () => dispatch(util.getRunningQueryThunk('messages', range)),
        () => dispatch(endpoints.messages.initiate(range, anew)),
      );
    },
  };

  const standingOf = (id: string) => standings.get(id) ?? 0;

  /**
   * Asks once more while what was heard of the user's standing is newer than the answer: a
   * chat that was just given back must not go because of a 404 from before.
   */
  async function fresh<T>(id: string, ask: () => Promise<T>): Promise<T> {
    for (;;) {
      const before = standingOf(id);
      const answer = await ask().then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
      if (standingOf(id) !== before) continue;
      if ('error' in answer) throw answer.error;
      return answer.value;
    }
  }

  async function loadSnapshot(id: string): Promise<void> {
    const conversation = await fresh(id, () => get.conversation(id));
    store.dispatch(
      snapshotsLoaded({ conversations: [conversation], selfId: selfId(), replace: true }),
    );
    // Of messages that were deleted in what was passed over nothing stays on this device.
    if (selectChat(store.getState(), id)?.history?.stale) void history(id, 'latest');
  }

  /** A position that exists; an earlier one of the same log says less. */
  function noteHead(id: string, { epoch, offset }: Position): void {
    const known = heads.get(id);
    if (known?.epoch !== epoch || known.offset < offset) heads.set(id, { epoch, offset });
  }

  function isBehind(id: string): boolean {
    const at = selectChat(store.getState(), id)?.position;
    const head = heads.get(id);
    return at === undefined || (head?.epoch === at.epoch && head.offset > at.offset);
  }

  /** Reads the log on until nothing is missing that is known to exist. */
  async function readOn(id: string): Promise<void> {
    while (isBehind(id)) {
      const chat = selectChat(store.getState(), id);
      if (!chat) return loadSnapshot(id);
      const { epoch, offset } = chat.position;
      const answer = await fresh(id, () => get.changes(id, epoch, offset));
      if (answer.reset) return loadSnapshot(id);
      noteHead(id, answer.topic);
      store.dispatch(
        eventsReceived({ conversationId: id, epoch, changes: answer.changes, selfId: selfId() }),
      );
      // A page that does not join on means that the log has a hole here: asking again brings it again.
      if (selectChat(store.getState(), id)?.position.offset === offset) return loadSnapshot(id);
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
  function repair(id: string, head: Position): Promise<void> {
    noteHead(id, head);
    return oneRepair(id, () => withRetries(id, () => readOn(id)));
  }

  /** Loads a chat from its snapshot: a new one, or one whose log was replaced. */
  function reload(id: string): Promise<void> {
    return oneLoad(id, () => withRetries(id, () => loadSnapshot(id)));
  }

  /** Compares where all logs stand with what is here. Throws when it cannot be asked. */
  async function compareHeads(): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = await get.heads(cursor);
      const loads = page.heads.flatMap(({ id, epoch, offset }) => {
        const at = selectChat(store.getState(), id)?.position;
        if (at?.epoch !== epoch) return [reload(id)];
        return at.offset < offset ? [repair(id, { epoch, offset })] : [];
      });
      await Promise.all(loads);
      cursor = after(cursor, page.next);
    } while (cursor !== undefined);
  }

  /** All members, as one list: who joins or leaves meanwhile is put into it. */
  async function loadMembers(id: string): Promise<void> {
    const at = selectChat(store.getState(), id)?.position;
    if (!at) return;
    const heard: LoggedChange[] = [];
    membersHeard.set(id, { at, heard });
    try {
      const read: Member[] = [];
      let cursor: string | undefined;
      do {
        const page = await fresh(id, () => get.members(id, cursor));
        read.push(...page.members);
        cursor = after(cursor, page.next);
      } while (cursor !== undefined);
      const members = membersAfter(read, heard);
      store.dispatch(membersLoaded({ conversationId: id, members }));
    } finally {
      membersHeard.delete(id);
    }
  }

  /** Loads who is in a chat whose snapshot names few. */
  function members(id: string): Promise<void> {
    return oneLoad(`members ${id}`, () => withRetries(id, () => loadMembers(id)));
  }

  /**
   * Compares all heads with the server and loads what moved. Throws when it cannot be asked.
   * `onUserTopic` hears how far the user's own log goes before any of the answers has an effect.
   */
  async function everything(onUserTopic: (head: TopicPosition) => void): Promise<void> {
    waiter.wake();
    const known = store.getState().chats.ids;
    const before = new Map(standings);
    const named = new Set<string>();
    const current: Conversation[] = [];
    let cursor: string | undefined;
    do {
      const page = await get.conversations(cursor);
      if (cursor === undefined) onUserTopic(page.user_topic);
      // Pinned chats come with the first page, wherever they are in the list.
      const told = [...pinnedOf(page), ...page.conversations];
      const news = told.filter(({ id }) => standingOf(id) === (before.get(id) ?? 0));
      store.dispatch(snapshotsLoaded({ conversations: news, selfId: selfId(), first: true }));
      for (const { id, topic } of news) noteHead(id, topic);
      for (const { id } of told) named.add(id);
      current.push(...news);
      cursor = after(cursor, page.next);
    } while (cursor !== undefined);
    await Promise.all([
      ...current.filter(({ id }) => isBehind(id)).map(({ id, topic }) => repair(id, topic)),
      // That a chat is not named says nothing yet: only its own answer does.
      ...known.filter((id) => !named.has(id)).map(reload),
    ]);
  }

  /**
   * A page of the log that the chat is at now, and what it turned out to be; `nothing` when there is
   * nothing to continue. Throws when it cannot be had.
   */
  async function fetchPage(id: string, wanted: HistoryKind): Promise<HistoryPage | 'nothing'> {
    let kind = wanted;
    for (let attempt = 0; attempt < PAGE_ATTEMPTS; attempt += 1) {
      const before = selectChat(store.getState(), id);
      const from = before && endOf(before, kind);
      if (!before || (kind === 'newer' && from === undefined)) return 'nothing';
      const page = await get.page(id, {
        beforeSeq: kind === 'older' ? from : undefined,
        afterSeq: kind === 'newer' ? from : undefined,
      });
      const chat = selectChat(store.getState(), id);
      if (!chat) return 'nothing';
      if (page.topic.epoch !== chat.position.epoch) {
        // The log was replaced meanwhile, and with it everything that was known of the chat.
        await reload(id);
        kind = 'latest';
      } else if (isFresh(chat, page) && endOf(chat, kind) === from) {
        // Otherwise what was to be continued gave way to other messages: the page does not join on.
        return { page, kind, from };
      }
    }
    throw new Error(`the messages of ${id} change faster than they can be read`);
  }

  /** Whether a page knows of every change of a message that was heard. */
  const isFresh = (chat: Chat, { topic }: MessagePage) => topic.offset >= chat.changedAt;

  /** Loads a message and what is around it. */
  async function around(ref: MessageRef): Promise<void> {
    const { conversationId, messageId } = ref;
    const moved = (state: JumpLoad['state']) => store.dispatch(jumpMoved({ ...ref, state }));
    moved('loading');
    try {
      for (let attempt = 0; attempt < PAGE_ATTEMPTS; attempt += 1) {
        const page = await get.page(conversationId, { around: messageId });
        const chat = selectChat(store.getState(), conversationId);
        if (!chat) break;
        if (page.topic.epoch !== chat.position.epoch) await reload(conversationId);
        else if (isFresh(chat, page)) {
          store.dispatch(historyLoaded({ ...ref, page, kind: 'around' }));
          return;
        }
      }
      moved('failed');
    } catch (problem) {
      if (!isProblem(problem)) throw problem;
      moved(problem.kind === 'http' && problem.status === 404 ? 'gone' : 'failed');
    }
  }

  async function loadHistory(id: string, kind: HistoryKind): Promise<void> {
    store.dispatch(historyLoadStarted({ conversationId: id, kind }));
    const loaded = await fetchPage(id, kind).catch(() => null);
    // Before it is told: whoever hears of this page may want the next one at once.
    if (kind !== 'latest') loadingMore.delete(id);
    if (loaded === null) store.dispatch(historyLoadFailed({ conversationId: id }));
    else if (loaded === 'nothing') store.dispatch(historyLoadEnded(id));
    else store.dispatch(historyLoaded({ conversationId: id, ...loaded }));
  }

  /** Loads a page of messages. The newest one is loaded anew for whoever asks while it comes. */
  async function history(id: string, kind: HistoryKind): Promise<void> {
    if (!selectChat(store.getState(), id)) return;
    if (kind === 'latest') {
      await oneLoad(`history ${id}`, () => loadHistory(id, kind));
    } else if (!loadingMore.has(id)) {
      loadingMore.add(id);
      await loadHistory(id, kind);
    }
  }

  /**
   * Loads the newest messages of the chats used last, so that they can be read without a network,
   * and of all that have messages here of which it is not known what became of them.
   */
  async function ahead(wanted: () => boolean): Promise<void> {
    for (const [at, id] of selectChatOrder(store.getState()).entries()) {
      if (!wanted()) return;
      const chat = selectChat(store.getState(), id);
      // Where the user has deleted the last message for themselves, none is known.
      const wantedAhead = at < CHATS_AHEAD && chat?.lastMessage != null;
      if (chat?.history?.stale ?? wantedAhead) await history(id, 'latest');
    }
  }

  return {
    everything,
    compareHeads,
    members,
    repair,
    reload,
    history,
    around,
    ahead,
    /** What was heard of a chat's members belongs into the list of them that is being read. */
    membersChanged(id: string, epoch: string, changes: LoggedChange[]): void {
      const reading = membersHeard.get(id);
      if (reading?.at.epoch !== epoch) return;
      const { at, heard } = reading;
      heard.push(...changes.filter((change) => change.offset > at.offset && isOfMembers(change)));
    },
    /** What the user is to a chat has changed: whatever was asked before may be wrong. */
    standingChanged(id: string): void {
      standings.set(id, standingOf(id) + 1);
    },
  };
}

export type Sync = ReturnType<typeof createSync>;
