/**
 * The bytes of files that wait to be sent, by the client id of their message. They are on the disk
 * of this device where there is room, and in any case in the tab that they were chosen in. The
 * record of an outbox entry and its bytes go in one transaction (`userStore`).
 */
import { openUserDatabase, type UserDatabase } from './database';
import type { Draft, VoiceDraft } from '@/model/drafts';
import { Handle } from './handle';
import { readDraft } from './records';

/** What may wait on the disk at a time. What is more is sent from memory, and lost by a reload. */
const KEPT_MAX_BYTES = 1024 ** 3;
/** Long enough for a file that is kept to get its message. */
const ORPHAN_MS = 3_600_000;

/** Of this tab: a file that was chosen is a name for what is on the disk, so this takes no room. */
const here = new Map<string, Blob>();

let opened: { userId: string; handle: Handle<UserDatabase> } | null = null;

function databaseOf(userId: string): Handle<UserDatabase> {
  if (opened?.userId !== userId) {
    const handle = new Handle<UserDatabase>(
      (events) => openUserDatabase(userId, events),
      () => Promise.resolve(),
    );
    opened = { userId, handle };
  }
  return opened.handle;
}

/** Puts a file aside until it is sent. Answers whether it survives a reload. */
export async function putAside(userId: string, id: string, file: Blob): Promise<boolean> {
  here.set(id, file);
  try {
    return await databaseOf(userId).use(async (db) => {
      const tx = db.transaction('files', 'readwrite');
      const kept = (await tx.store.getAll()).map((one) => (one instanceof Blob ? one.size : 0));
      const fits = kept.reduce((sum, size) => sum + size, file.size) <= KEPT_MAX_BYTES;
      if (fits) tx.store.put(file, id).catch(() => undefined);
      await tx.done;
      return fits;
    });
  } catch {
    // The disk is full, or a private window keeps nothing.
    return false;
  }
}

/** The bytes of a file that waits, or null where this tab cannot get at them. */
export async function bytesOf(userId: string, id: string): Promise<Blob | null> {
  const mine = here.get(id);
  if (mine) return mine;
  const found: unknown = await databaseOf(userId)
    .use((db) => db.get('files', id))
    .catch(() => null);
  return found instanceof Blob ? found : null;
}

/** Whether this tab has the bytes without asking the disk. */
export const hasHere = (id: string): boolean => here.has(id);

/** Its message went out, or is wanted no more. */
export function letGo(id: string): void {
  here.delete(id);
}

/** The page goes away: what no disk has is gone. */
export function closeFiles(): void {
  here.clear();
  opened = null;
}

/** Forgets a file that has got no message: its user has signed out meanwhile. */
export async function discard(userId: string, id: string): Promise<void> {
  letGo(id);
  await databaseOf(userId)
    .use((db) => db.delete('files', id))
    .catch(() => undefined);
}

/** Keeps what somebody had said whose session has ended meanwhile, until they are back. */
export async function leaveVoice(
  userId: string,
  conversationId: string,
  voice: VoiceDraft,
): Promise<void> {
  await databaseOf(userId)
    .use(async (db) => {
      const tx = db.transaction('drafts', 'readwrite');
      const there = readDraft(await tx.store.get(conversationId));
      const draft: Draft = { conversationId, text: '', ...there, voice, editedAt: Date.now() };
      tx.store.put(draft).catch(() => undefined);
      await tx.done;
    })
    .catch(() => undefined);
}

/** The keys of files whose page has ended before they got a message; ids begin with their time. */
export function orphans(keys: string[], wanted: Set<string>, nowMs: number): string[] {
  const madeAt = (id: string) => parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  return keys.filter((id) => !wanted.has(id) && !(nowMs - madeAt(id) < ORPHAN_MS));
}
