import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { User } from '@/api/types';
import type { Chat } from '@/model/chats/types';
import type { Draft } from '@/model/drafts';
import type { OutboxEntry } from '@/model/outbox';
import type { SettingsState } from '@/model/settings';

/**
 * A chat's record holds its position and the messages that position covers, so the two can never
 * be written apart.
 */
interface Schema extends DBSchema {
  chats: { key: string; value: Chat };
  people: { key: string; value: User };
  outbox: { key: string; value: OutboxEntry };
  drafts: { key: string; value: Draft };
  /** `user`: whose data this is. */
  user: { key: string; value: User };
  settings: { key: string; value: SettingsState };
}

export type Database = IDBPDatabase<Schema>;

/** The stores that belong to a user and go when the session ends. */
export const USER_STORES = ['chats', 'people', 'outbox', 'drafts', 'user'] as const;
export const ALL_STORES = [...USER_STORES, 'settings'] as const;
export type StoreName = (typeof ALL_STORES)[number];

/** The key of the stores that hold one record. */
export const ONLY = 'only';

const NAME = 'rookery';
const VERSION = 1;
const KEY_PATHS: Partial<Record<StoreName, string>> = {
  chats: 'id',
  people: 'id',
  outbox: 'clientMsgId',
  drafts: 'conversationId',
};

/** Opens the database, or answers null where the browser keeps none (a private window). */
export async function openDatabase(): Promise<Database | null> {
  try {
    return await openDB<Schema>(NAME, VERSION, {
      upgrade(db) {
        for (const name of ALL_STORES) {
          const keyPath = KEY_PATHS[name];
          db.createObjectStore(name, keyPath ? { keyPath } : undefined);
        }
      },
      // A newer version in another tab must not wait for this one.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });
  } catch {
    return null;
  }
}
