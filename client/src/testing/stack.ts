import { createStore, type AppStore } from '@/app/store';
import { openDatabase, type Database } from '@/persistence/db';
import { createPersistence, type Persistence } from '@/persistence/middleware';
import { restore } from '@/persistence/restore';
import { refreshSession } from '@/api/baseApi';
import { startBackend, type Backend } from './backend';
import { FakeHub } from './fakeConnection';

export interface Stack {
  backend: Backend;
  hub: FakeHub;
  store: AppStore;
  db: Database;
  persistence: Persistence;
}

/** The whole client without its screens: a store with every middleware, before a fake server. */
export async function startStack(backend: Backend = startBackend()): Promise<Stack> {
  const hub = new FakeHub();
  const db = await openDatabase();
  if (!db) throw new Error('the test has no IndexedDB');
  const persistence = createPersistence(db);
  const store = createStore({ openConnection: hub.open, persistence: persistence.middleware });
  await restore(db, store.dispatch);
  persistence.markStored(store.getState());
  return { backend, hub, store, db, persistence };
}

/** Signs Ada in by her cookie and waits until everything is loaded. */
export async function signIn({ store }: Stack): Promise<void> {
  await refreshSession(store);
  await until(() => store.getState().connection.status === 'online');
}

/** Waits for a condition that other people's promises make true. */
export async function until(condition: () => boolean, deadlineMs = 3_000): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not true in ${deadlineMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Forgets what earlier tests stored in this browser. */
export function forgetStorage(): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase('rookery');
    request.onsuccess = () => resolve();
    request.onerror = () => reject(new Error('the database could not be deleted'));
  });
}
