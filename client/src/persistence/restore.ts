import { chatsRestored } from '@/model/chats/slice';
import { draftsRestored } from '@/model/drafts';
import { outboxRestored } from '@/model/outbox';
import { peopleRestored } from '@/model/people';
import { sessionRestored } from '@/model/session';
import { settingsRestored } from '@/model/settings';
import type { AppDispatch } from '@/store/hooks';
import { ALL_STORES, ONLY, type Database } from './db';

/** Puts what this device has stored into the state, before anything is shown. */
export async function restore(db: Database, dispatch: AppDispatch): Promise<void> {
  const tx = db.transaction(ALL_STORES);
  const [settings, user, chats, people, outbox, drafts] = await Promise.all([
    tx.objectStore('settings').get(ONLY),
    tx.objectStore('user').get(ONLY),
    tx.objectStore('chats').getAll(),
    tx.objectStore('people').getAll(),
    tx.objectStore('outbox').getAll(),
    tx.objectStore('drafts').getAll(),
  ]);
  if (settings) dispatch(settingsRestored(settings));
  if (!user) return;
  dispatch(peopleRestored(people));
  dispatch(chatsRestored(chats));
  dispatch(outboxRestored(outbox));
  dispatch(draftsRestored(drafts));
  // Last: this one starts the connection, which builds on all of the above.
  dispatch(sessionRestored(user));
}
