/**
 * What this device keeps of one user. Every write says for which session it is made and is refused
 * when the store has become another one's meanwhile, so a tab that slept through a sign-out neither
 * brings anything back nor takes anything away.
 */
import type { Message, TopicPosition, User } from '@/api/types';
import type { Chat } from '@/model/chats/types';
import type { Draft } from '@/model/drafts';
import type { Operation } from '@/model/operations';
import type { OutboxEntry } from '@/model/outbox';
import {
  ONLY,
  openUserDatabase,
  takeBack,
  USER_STORES,
  type UserDatabase,
  type UserStoreName,
  type UserTransaction,
} from './database';
import { orphans } from './files';
import { Handle } from './handle';
import {
  keptMessages,
  readChat,
  readDraft,
  readEntry,
  readMessage,
  readOperation,
  readOwner,
  readTopic,
  readUser,
  restoredChat,
  storedChat,
  type Owner,
  type Reader,
} from './records';

/** One record before and after; an undefined one is not there. */
export interface Change<T> {
  key: string;
  before: T | undefined;
  now: T | undefined;
}

/** What changed in the state, written in one transaction. */
export interface Batch {
  chats: Change<Chat>[];
  people: Change<User>[];
  outbox: Change<OutboxEntry>[];
  operations: Change<Operation>[];
  drafts: Change<Draft>[];
  topics: Change<TopicPosition>[];
}

/** What a user has written and not sent. */
export interface Unsent {
  outbox: OutboxEntry[];
  operations: Operation[];
  drafts: Draft[];
}

export interface Stored extends Unsent {
  owner: Owner;
  chats: Chat[];
  people: User[];
  topics: TopicPosition[];
}

/** What a device holds of what the server has, too. */
const CACHED = ['chats', 'messages', 'people', 'topics'] as const;

/**
 * All records of a store that are what they should be. A browser that cannot read one of them may
 * refuse them all at once, so then they are read one by one.
 */
async function readAll<T>(db: UserDatabase, store: UserStoreName, read: Reader<T>): Promise<T[]> {
  const records = await db.getAll(store).catch(async () => {
    const keys = await db.getAllKeys(store);
    return Promise.all(keys.map((key) => db.get(store, key).catch(() => null)));
  });
  return records.map(read).filter((record) => record !== null);
}

async function readUnsent(db: UserDatabase, userId: string): Promise<Unsent> {
  const isOwn = ({ senderId }: { senderId: string }) => senderId === userId;
  const entries = await readAll(db, 'outbox', readEntry);
  const operations = await readAll(db, 'operations', readOperation);
  return {
    outbox: entries.filter(isOwn),
    operations: operations.filter(isOwn),
    drafts: await readAll(db, 'drafts', readDraft),
  };
}

/** Begins a request of a transaction, whose end tells how it went. */
function ask(request: Promise<unknown>): void {
  request.catch(() => undefined);
}

/**
 * Deletes a chat's messages but for those that this tab has. Of the others nobody hears: another tab
 * had more of the chat, or the device has lost what is between. A message that is deleted later must
 * not be left there.
 */
async function deleteOthers(
  tx: UserTransaction,
  chatId: string,
  kept: ReadonlySet<string> = new Set(),
): Promise<void> {
  const range = IDBKeyRange.bound([chatId], [chatId, []]);
  const store = tx.objectStore('messages');
  for (const key of await store.index('by_chat').getAllKeys(range)) {
    if (!kept.has(key)) ask(store.delete(key));
  }
}

/** Writes a chat's position together with the messages that it covers. */
async function writeChat(tx: UserTransaction, { key, before, now }: Change<Chat>): Promise<void> {
  const chats = tx.objectStore('chats');
  const messages = tx.objectStore('messages');
  if (!now) {
    await deleteOthers(tx, key);
    ask(chats.delete(key));
    return;
  }
  const there = readChat(await chats.get(key));
  const sameLog = there?.position.epoch === now.position.epoch;
  // Another tab was ahead of this one.
  if (sameLog && there.position.offset > now.position.offset) return;
  const record = storedChat(now);
  const { history } = record;
  const joins =
    sameLog &&
    before?.history &&
    there.history &&
    history &&
    there.history.firstSeq <= history.firstSeq &&
    there.history.lastSeq >= (before.history.messages.at(-1)?.seq ?? 0);
  if (joins) {
    const known = new Set(keptMessages(before));
    const kept = new Set(keptMessages(now));
    for (const message of kept) if (!known.has(message)) ask(messages.put(message));
    await deleteOthers(tx, key, new Set(history.ids));
  } else {
    await deleteOthers(tx, key);
    for (const message of keptMessages(now)) ask(messages.put(message));
  }
  ask(chats.put(record));
}

/** Another tab may have written on since: what is newer stays. */
async function writeDraft(tx: UserTransaction, { key, before, now }: Change<Draft>): Promise<void> {
  const drafts = tx.objectStore('drafts');
  const there = readDraft(await drafts.get(key));
  const known = now?.editedAt ?? before?.editedAt ?? 0;
  if (there && there.editedAt > known) return;
  if (now) ask(drafts.put(now));
  else ask(drafts.delete(key));
}

function writePlain<T>(tx: UserTransaction, store: UserStoreName, changes: Change<T>[]): void {
  for (const { key, now } of changes) {
    if (now === undefined) ask(tx.objectStore(store).delete(key));
    else ask(tx.objectStore(store).put(now));
  }
}

async function writeUnsent(tx: UserTransaction, batch: Pick<Batch, keyof Unsent>): Promise<void> {
  writePlain(tx, 'outbox', batch.outbox);
  // The bytes go with what they were kept for.
  const files = tx.objectStore('files');
  for (const { key, before, now } of batch.outbox) {
    const done = now === undefined || now.state === 'accepted';
    if (done && (before ?? now)?.file) ask(files.delete(key));
  }
  writePlain(tx, 'operations', batch.operations);
  for (const change of batch.drafts) await writeDraft(tx, change);
}

async function ownerOf(tx: UserTransaction): Promise<Owner | null> {
  return readOwner(await tx.objectStore('session').get(ONLY));
}

export class UserStore {
  readonly userId: string;
  readonly #handle: Handle<UserDatabase>;

  constructor(userId: string, onOutdated: () => Promise<void>) {
    this.userId = userId;
    this.#handle = new Handle((events) => openUserDatabase(userId, events), onOutdated);
  }

  /** One transaction over everything; it fails as a whole. */
  #write<T>(work: (tx: UserTransaction) => Promise<T>): Promise<T> {
    return this.#handle.use(async (db) => {
      const tx = db.transaction(USER_STORES, 'readwrite');
      // Awaited below; a work that fails first must not leave it without anybody who listens.
      tx.done.catch(() => undefined);
      try {
        const result = await work(tx);
        await tx.done;
        return result;
      } catch (error) {
        takeBack(tx);
        throw error;
      }
    });
  }

  /** Everything that is stored; null where no session left it. */
  load(): Promise<Stored | null> {
    return this.#handle.use(async (db) => {
      const owner = readOwner(await db.get('session', ONLY));
      if (!owner || owner.ended || owner.user.id !== this.userId) return null;
      const [chats, messages, people, topics, unsent] = await Promise.all([
        readAll(db, 'chats', readChat),
        readAll(db, 'messages', readMessage),
        readAll(db, 'people', readUser),
        readAll(db, 'topics', readTopic),
        readUnsent(db, this.userId),
      ]);
      const waiting = new Set([
        ...unsent.outbox.map(({ clientMsgId }) => clientMsgId),
        ...unsent.drafts.flatMap(({ voice }) => (voice ? [voice.id] : [])),
      ]);
      for (const key of orphans(await db.getAllKeys('files'), waiting, Date.now())) {
        await db.delete('files', key);
      }
      const byChat: Record<string, Message[]> = {};
      for (const message of messages.sort((a, b) => a.seq - b.seq)) {
        (byChat[message.conversation_id] ??= []).push(message);
      }
      const whole = chats.map((chat) => restoredChat(chat, byChat[chat.id] ?? []));
      return { owner, chats: whole, people, topics, ...unsent };
    });
  }

  /**
   * Makes the store a session's own and answers what its user left unsent. What another session
   * had cached is loaded anew: nobody told it what went away meanwhile.
   */
  async take(user: User, sessionId: string): Promise<Unsent> {
    await this.#write(async (tx) => {
      const owner = await ownerOf(tx);
      if (owner?.sessionId !== sessionId || owner.ended) {
        for (const store of CACHED) ask(tx.objectStore(store).clear());
      }
      const mine: Owner = { user, sessionId, ended: false };
      ask(tx.objectStore('session').put(mine, ONLY));
    });
    return this.#handle.use((db) => readUnsent(db, this.userId));
  }

  /** Writes what changed; false if the store is another session's by now. */
  write(sessionId: string, batch: Batch): Promise<boolean> {
    return this.#write(async (tx) => {
      const owner = await ownerOf(tx);
      if (owner?.sessionId !== sessionId) return false;
      await writeUnsent(tx, batch);
      if (owner.ended) return true;
      for (const change of batch.chats) await writeChat(tx, change);
      writePlain(tx, 'people', batch.people);
      writePlain(tx, 'topics', batch.topics);
      return true;
    });
  }

  /** The session ended against its user's will: what they wrote stays, what was cached goes. */
  async leave(sessionId: string, batch: Pick<Batch, keyof Unsent>): Promise<Unsent> {
    await this.#write(async (tx) => {
      const owner = await ownerOf(tx);
      if (owner?.sessionId !== sessionId) return;
      await writeUnsent(tx, batch);
      for (const store of CACHED) ask(tx.objectStore(store).clear());
      const left: Owner = { ...owner, ended: true };
      ask(tx.objectStore('session').put(left, ONLY));
    });
    return this.#handle.use((db) => readUnsent(db, this.userId));
  }

  /** The user signed out by their own wish: nothing of them stays. */
  wipe(sessionId: string): Promise<void> {
    return this.#write(async (tx) => {
      const owner = await ownerOf(tx);
      if (owner && owner.sessionId !== sessionId) return;
      for (const store of USER_STORES) ask(tx.objectStore(store).clear());
    });
  }

  /** Takes over what version 1 held of this user, unless they have written here since. */
  adopt(owner: Owner, stored: Omit<Stored, 'owner' | 'topics'>): Promise<void> {
    return this.#write(async (tx) => {
      if (await ownerOf(tx)) return;
      ask(tx.objectStore('session').put(owner, ONLY));
      for (const chat of stored.chats) await writeChat(tx, change(chat.id, chat));
      writePlain(
        tx,
        'people',
        stored.people.map((user) => change(user.id, user)),
      );
      writePlain(
        tx,
        'outbox',
        stored.outbox.map((entry) => change(entry.clientMsgId, entry)),
      );
      writePlain(
        tx,
        'drafts',
        stored.drafts.map((draft) => change(draft.conversationId, draft)),
      );
    });
  }
}

function change<T>(key: string, now: T): Change<T> {
  return { key, before: undefined, now };
}
