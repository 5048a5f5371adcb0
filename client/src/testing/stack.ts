import { deleteDB } from 'idb';
import { isUserTopic } from '@/api/events';
import { createStore, type AppStore } from '@/app/store';
import { createWork } from '@/app/work';
import { sessionEnded } from '@/model/session';
import { createPersistence, type Persistence } from '@/persistence/middleware';
import { refreshSession } from '@/api/baseApi';
import { chatOpened, historyWanted } from '@/realtime/actions';
import { following } from '@/store/followers';
import { selectChat } from '@/store/selectors';
import { startBackend, type Backend } from './backend';
import { FakeHub } from './fakeConnection';

export interface Stack {
  backend: Backend;
  hub: FakeHub;
  store: AppStore;
  persistence: Persistence;
}

const tabs = new Set<Stack>();

/** The page goes away: nothing of it goes on. */
export function closeTab(tab: Stack): void {
  tabs.delete(tab);
  tab.persistence.stop();
  tab.store.dispatch(sessionEnded('slept'));
}

/** Closes the tabs that a test has opened: the next one has the browser for itself. */
export function closeTabs(): void {
  for (const tab of tabs) closeTab(tab);
}

/** The whole client without its screens: a store with every middleware, before a fake server. */
export async function startStack(backend: Backend = startBackend()): Promise<Stack> {
  const hub = new FakeHub();
  hub.logOf = (channel) =>
    isUserTopic(channel) ? backend.userLog : (backend.rooms.get(channel.slice(5))?.log ?? []);
  const persistence = createPersistence();
  const store = createStore({
    persistence: persistence.middleware,
    work: following(createWork(hub.open)),
  });
  await persistence.start();
  const stack = { backend, hub, store, persistence };
  tabs.add(stack);
  return stack;
}

/** Signs Ada in by her cookie and waits until everything is loaded. */
export async function signIn({ store }: Stack): Promise<void> {
  await refreshSession(store);
  await until(() => store.getState().connection.status === 'online');
}

/** Signs Ada in and opens a chat with its newest messages. */
export async function signInTo(conversationId: string, tab: Stack): Promise<void> {
  await signIn(tab);
  tab.store.dispatch(chatOpened(conversationId));
  tab.store.dispatch(historyWanted({ conversationId, kind: 'latest' }));
  await until(() => selectChat(tab.store.getState(), conversationId)?.history !== null);
}

/** Waits for a condition that other people's promises make true, also on a busy machine. */
export async function until(condition: () => boolean, deadlineMs = 15_000): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not true in ${deadlineMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Forgets what earlier tests stored in this browser. */
export async function forgetStorage(): Promise<void> {
  const databases = await indexedDB.databases();
  await Promise.all(databases.map(({ name = '' }) => deleteDB(name)));
}
