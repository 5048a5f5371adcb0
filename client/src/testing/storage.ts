/** What a test finds on the disk, read past the code under test. */
import { deleteDB, openDB } from 'idb';

async function withDatabase<T>(
  name: string,
  work: (db: Awaited<ReturnType<typeof openDB>>) => Promise<T>,
): Promise<T> {
  const db = await openDB(name);
  try {
    return await work(db);
  } finally {
    db.close();
  }
}

/** All records of a store of one user's database. */
export function storedOf<T = Record<string, unknown>>(userId: string, store: string): Promise<T[]> {
  return withDatabase(`rookery:${userId}`, (db) => db.getAll(store) as Promise<T[]>);
}

export function putStored(userId: string, store: string, record: unknown): Promise<unknown> {
  return withDatabase(`rookery:${userId}`, (db) => db.put(store, record));
}

export function deviceRecord(store: 'settings' | 'device', key: string): Promise<unknown> {
  return withDatabase('rookery', (db) => db.get(store, key) as Promise<unknown>);
}

/** Everything that this browser has stored, as text. */
export async function dumpAll(): Promise<string> {
  const databases = await indexedDB.databases();
  const stored = databases.map(({ name = '' }) =>
    withDatabase(name, (db) =>
      Promise.all([...db.objectStoreNames].map((store) => db.getAll(store))),
    ),
  );
  return JSON.stringify(await Promise.all(stored));
}

/** Makes of a user's database what an older version had written; `older` makes its records. */
export async function backToVersion(
  version: number,
  userId: string,
  older: (store: string, record: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  const name = `rookery:${userId}`;
  const stores = ['session', 'chats', 'messages', 'people', 'outbox', 'drafts'];
  const records = await Promise.all(stores.map((store) => storedOf(userId, store)));
  await deleteDB(name);
  const paths: Record<string, string> = { outbox: 'clientMsgId', drafts: 'conversationId' };
  const db = await openDB(name, version, {
    upgrade(created) {
      for (const store of stores) {
        const keyPath = paths[store] ?? 'id';
        const made = created.createObjectStore(
          store,
          store === 'session' ? undefined : { keyPath },
        );
        if (store === 'messages') made.createIndex('by_chat', ['conversation_id', 'seq']);
      }
    },
  });
  for (const [at, store] of stores.entries()) {
    for (const record of records[at] ?? []) {
      await db.put(store, older(store, record), store === 'session' ? 'only' : undefined);
    }
  }
  db.close();
}

/** The record without some of its fields. */
export function without(
  record: Record<string, unknown>,
  lacking: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([field]) => !lacking.includes(field)));
}

/** The one database that everybody shared in version 1. */
export async function makeVersion1(
  records: Record<string, Record<string, unknown>>,
): Promise<void> {
  const paths: Record<string, string | null> = {
    chats: 'id',
    people: 'id',
    outbox: 'clientMsgId',
    drafts: 'conversationId',
    user: null,
    settings: null,
  };
  const db = await openDB('rookery', 1, {
    upgrade(created) {
      for (const [name, keyPath] of Object.entries(paths)) {
        created.createObjectStore(name, keyPath === null ? undefined : { keyPath });
      }
    },
  });
  for (const [store, values] of Object.entries(records)) {
    for (const [key, value] of Object.entries(values)) {
      await db.put(store, value, paths[store] === null ? key : undefined);
    }
  }
  db.close();
}
