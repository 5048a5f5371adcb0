/**
 * The databases of this browser profile: one for the device, and one for each user who has been
 * signed in here, so that nothing of one person is ever read as another's.
 */
import {
  openDB,
  type DBSchema,
  type IDBPDatabase,
  type IDBPTransaction,
  type StoreNames,
} from 'idb';
import { CONTENT_OF_OLDER_VERSION } from '@/model/chats/message';
import { STANDING_OF_VERSION_2 } from './records';

/** What is read is checked before it is used, so the schemas promise nothing about values. */
interface DeviceSchema extends DBSchema {
  settings: { key: string; value: unknown };
  /** Single facts by name: who is signed in, and who left something unsent. */
  device: { key: string; value: unknown };
}

interface UserSchema extends DBSchema {
  /** One record: whose data this is, and of which session. A store without it is nobody's. */
  session: { key: string; value: unknown };
  /** Chats without their messages. */
  chats: { key: string; value: unknown };
  messages: { key: string; value: unknown; indexes: { by_chat: [string, number] } };
  people: { key: string; value: unknown };
  outbox: { key: string; value: unknown };
  operations: { key: string; value: unknown };
  /** How far logs beside those of chats were followed. */
  topics: { key: string; value: unknown };
  drafts: { key: string; value: unknown };
  /** Bytes of files that were not sent yet, by the client id of their message. */
  files: { key: string; value: unknown };
}

export type DeviceDatabase = IDBPDatabase<DeviceSchema>;
export type UserDatabase = IDBPDatabase<UserSchema>;
export type UserStoreName = StoreNames<UserSchema>;
export type UserTransaction = IDBPTransaction<UserSchema, UserStoreName[], 'readwrite'>;

export const USER_STORES: UserStoreName[] = [
  'session',
  'chats',
  'messages',
  'people',
  'outbox',
  'operations',
  'topics',
  'drafts',
  'files',
];

/** The key of the stores that hold one record. */
export const ONLY = 'only';
/** Where version 1 of the device's database is put aside until its user has taken it over. */
export const FROM_VERSION_1 = 'version-1';

const DEVICE = 'rookery';
const userDatabase = (userId: string) => `${DEVICE}:${userId}`;

/** A browser may never answer, for example while a frozen tab holds an older version. */
const OPEN_WITHIN_MS = 3_000;

/** The stores are of a newer version than this page: only a reload helps. */
export class Outdated extends Error {}

type UpgradeTransaction<S extends DBSchema> = IDBPTransaction<S, StoreNames<S>[], 'versionchange'>;
type Upgrade<S extends DBSchema> = (
  db: IDBPDatabase<S>,
  tx: UpgradeTransaction<S>,
) => Promise<void>;
type Migrations<S extends DBSchema> = Record<number, Upgrade<S>>;

/** Version → what leads to it from the one before. Version 1 held everybody's data in one place. */
const DEVICE_MIGRATIONS: Migrations<DeviceSchema> = {
  2: async (db, tx) => {
    db.createObjectStore('device');
    if (!db.objectStoreNames.contains('settings')) {
      db.createObjectStore('settings');
      return;
    }
    const shared = ['user', 'chats', 'people', 'outbox', 'drafts'] as unknown as 'settings'[];
    const records: Record<string, unknown[]> = {};
    for (const name of shared) {
      records[name] = await tx.objectStore(name).getAll();
      db.deleteObjectStore(name);
    }
    await tx.objectStore('device').put(records, FROM_VERSION_1);
  },
};

/** Gives every message the fields that are newer than the version which has stored it. */
async function completeMessages(tx: UpgradeTransaction<UserSchema>): Promise<void> {
  const complete = (message: unknown) =>
    typeof message === 'object' && message !== null
      ? { ...CONTENT_OF_OLDER_VERSION, ...message }
      : message;
  const messages = tx.objectStore('messages');
  for (let at = await messages.openCursor(); at; at = await at.continue()) {
    await at.update(complete(at.value));
  }
  const chats = tx.objectStore('chats');
  for (let at = await chats.openCursor(); at; at = await at.continue()) {
    const chat = at.value as { lastMessage?: unknown };
    await at.update({ ...chat, lastMessage: complete(chat.lastMessage) });
  }
  const outbox = tx.objectStore('outbox');
  for (let at = await outbox.openCursor(); at; at = await at.continue()) {
    const entry = at.value as { message?: unknown };
    await at.update({ ...entry, message: complete(entry.message) });
  }
}

/** The numbers go on from the shared database that came before. */
const USER_MIGRATIONS: Migrations<UserSchema> = {
  2: (db) => {
    db.createObjectStore('session');
    db.createObjectStore('chats', { keyPath: 'id' });
    const messages = db.createObjectStore('messages', { keyPath: 'id' });
    messages.createIndex('by_chat', ['conversation_id', 'seq']);
    db.createObjectStore('people', { keyPath: 'id' });
    db.createObjectStore('outbox', { keyPath: 'clientMsgId' });
    db.createObjectStore('drafts', { keyPath: 'conversationId' });
    return Promise.resolve();
  },
  3: async (_, tx) => {
    const chats = tx.objectStore('chats');
    for (let at = await chats.openCursor(); at; at = await at.continue()) {
      await at.update({ ...STANDING_OF_VERSION_2, ...(at.value as object) });
    }
  },
  /** Messages can be answered, edited and deleted. */
  4: async (db, tx) => {
    db.createObjectStore('operations', { keyPath: 'opId' });
    db.createObjectStore('topics', { keyPath: 'name' });
    await completeMessages(tx);
  },
  /** Messages carry files, and are starred. */
  5: async (db, tx) => {
    db.createObjectStore('files');
    await completeMessages(tx);
  },
};

/** Undoes what a transaction has written so far. */
export function takeBack(tx: { abort: () => void }): void {
  try {
    tx.abort();
  } catch {
    // It has failed as a whole already.
  }
}

export interface DatabaseEvents {
  /** A newer version in another tab needs the database, and waits until this resolves. */
  onOutdated: () => Promise<void>;
  /** The connection is closed for whatever reason; the next use opens another one. */
  onClosed: () => void;
}

async function open<S extends DBSchema>(
  name: string,
  migrations: Migrations<S>,
  events: DatabaseEvents,
): Promise<IDBPDatabase<S>> {
  const versions = Object.keys(migrations).map(Number);
  let late = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const upgrade = async (db: IDBPDatabase<S>, from: number, tx: UpgradeTransaction<S>) => {
    for (const version of versions.sort((a, b) => a - b)) {
      if (version > from) await migrations[version]?.(db, tx);
    }
  };
  const opening = openDB<S>(name, Math.max(...versions), {
    // A migration that fails takes the transaction back, and with it the opening.
    upgrade: (db, from, _to, tx) => {
      tx.done.catch(() => undefined);
      upgrade(db, from, tx).catch(() => takeBack(tx));
    },
    blocking: (_current, _wanted, event) => {
      void events.onOutdated().finally(() => {
        (event.target as IDBDatabase).close();
        events.onClosed();
      });
    },
    terminated: () => events.onClosed(),
  });
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      late = true;
      reject(new Error(`${name} did not open within ${OPEN_WITHIN_MS} ms`));
    }, OPEN_WITHIN_MS);
  });
  // Nobody waits for it any more: it must not stand in the way of others.
  opening.then((db) => late && db.close()).catch(() => undefined);
  try {
    return await Promise.race([opening, tooLate]);
  } catch (error) {
    const newer = error instanceof DOMException && error.name === 'VersionError';
    throw newer ? new Outdated(`${name} is of a newer version`, { cause: error }) : error;
  } finally {
    clearTimeout(timer);
  }
}

export function openDeviceDatabase(events: DatabaseEvents): Promise<DeviceDatabase> {
  return open(DEVICE, DEVICE_MIGRATIONS, events);
}

export function openUserDatabase(userId: string, events: DatabaseEvents): Promise<UserDatabase> {
  return open(userDatabase(userId), USER_MIGRATIONS, events);
}
