/** What belongs to the device, whoever uses it: its settings, and who is signed in. */
import type { User } from '@/api/types';
import { settingsOf } from '@/model/chats/settings';
import { completed } from '@/model/chats/message';
import { OF_VERSION_1 } from '@/model/outbox';
import type { LeftWork } from '@/model/session';
import type { SettingsState } from '@/model/settings';
import { FROM_VERSION_1, ONLY, openDeviceDatabase, type DeviceDatabase } from './database';
import { Handle } from './handle';
import {
  readChatOfVersion1,
  readEntryOfVersion1,
  readDraft,
  readLeftWork,
  readSettings,
  readUser,
  STANDING_OF_VERSION_2,
} from './records';
import type { Stored } from './userStore';

const USER = 'user';
const LEFT = 'left';

export interface DeviceState {
  settings: Partial<SettingsState> | null;
  user: User | null;
  left: LeftWork | null;
}

type Records = Partial<Record<'user' | 'chats' | 'people' | 'outbox' | 'drafts', unknown[]>>;

/** What version 1 held of the user it names. */
export interface OfVersion1 {
  user: User;
  stored: Omit<Stored, 'owner' | 'topics'>;
}

/**
 * One place served everybody in version 1, so a record counts only if it belongs to a chat of which
 * the named user is a member. No message in its outbox says who wrote it: none goes out unasked.
 */
function ownRecords(records: Records): OfVersion1 | null {
  const all = <T>(name: keyof Records, read: (record: unknown) => T | null): T[] =>
    (records[name] ?? []).map(read).filter((record) => record !== null);
  const [user] = all('user', readUser);
  if (!user) return null;
  const chats = all('chats', readChatOfVersion1)
    .filter((chat) => chat.memberIds.includes(user.id))
    .map((chat) => ({
      ...chat,
      memberCount: chat.memberIds.length,
      ...STANDING_OF_VERSION_2,
      confirmed: { delivered_seq: 0, read_seq: 0 },
      lastMessage: chat.lastMessage && completed(chat.lastMessage),
      history: chat.history && {
        ...chat.history,
        messages: chat.history.messages.map(completed),
      },
      past: null,
      description: '',
      pictureId: null,
      disappearS: null,
      changedAt: 0,
      hidden: [],
      pins: [],
      settings: settingsOf({}),
      firstSeq: 1,
      unreadMentions: 0,
    }));
  const ids = new Set(chats.map((chat) => chat.id));
  const outbox = all('outbox', readEntryOfVersion1)
    .filter((entry) => entry.state !== 'accepted' && ids.has(entry.conversationId))
    .map((entry) => ({
      ...entry,
      senderId: user.id,
      state: 'failed' as const,
      reason: OF_VERSION_1,
    }));
  const drafts = all('drafts', readDraft).filter((draft) => ids.has(draft.conversationId));
  return {
    user,
    stored: { chats, people: all('people', readUser), outbox, operations: [], drafts },
  };
}

export class DeviceStore {
  readonly #handle: Handle<DeviceDatabase>;

  constructor(onOutdated: () => Promise<void>) {
    this.#handle = new Handle(openDeviceDatabase, onOutdated);
  }

  load(): Promise<DeviceState> {
    return this.#handle.use(async (db) => ({
      settings: readSettings(await db.get('settings', ONLY)),
      user: readUser(await db.get('device', USER)),
      left: readLeftWork(await db.get('device', LEFT)),
    }));
  }

  /** What version 1 left behind, handed to `takeOver` before it goes. */
  async upgrade(takeOver: (records: OfVersion1) => Promise<void>): Promise<void> {
    const records = await this.#handle.use((db) => db.get('device', FROM_VERSION_1));
    if (typeof records !== 'object' || records === null) return;
    const own = ownRecords(records);
    if (own) {
      await takeOver(own);
      await this.signedIn(own.user);
    }
    await this.#handle.use((db) => db.delete('device', FROM_VERSION_1));
  }

  saveSettings(settings: SettingsState): Promise<void> {
    return this.#handle.use(async (db) => {
      await db.put('settings', settings, ONLY);
    });
  }

  signedIn(user: User): Promise<void> {
    return this.#handle.use(async (db) => {
      const tx = db.transaction('device', 'readwrite');
      const left = readLeftWork(await tx.store.get(LEFT));
      const forgotten = left?.user.id === user.id ? tx.store.delete(LEFT) : undefined;
      await Promise.all([forgotten, tx.store.put(user, USER), tx.done]);
    });
  }

  /** The user is no longer signed in; `left` says that something of theirs waits here, or nothing. */
  signedOut(user: User, left: LeftWork | null): Promise<void> {
    return this.#handle.use(async (db) => {
      const tx = db.transaction('device', 'readwrite');
      const mine = readUser(await tx.store.get(USER))?.id === user.id;
      const waited = readLeftWork(await tx.store.get(LEFT))?.user.id === user.id;
      await Promise.all([
        mine ? tx.store.delete(USER) : undefined,
        left ? tx.store.put(left, LEFT) : undefined,
        waited && !left ? tx.store.delete(LEFT) : undefined,
        tx.done,
      ]);
    });
  }
}
