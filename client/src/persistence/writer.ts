/**
 * Write-behind of one user's state: after a short pause everything that changed goes out in one
 * transaction, with what the user wrote at once. A transaction that fails is repeated with all that
 * has changed since, for as long as the session lasts.
 */
import { backoffMs } from '@/lib/backoff';
import type { StorageStatus } from '@/model/storage';
import type { RootState } from '@/store/rootReducer';
import { Outdated } from './database';
import type { Batch, Change, Unsent, UserStore } from './userStore';

/** Long enough to gather a burst, short enough that a crash loses next to nothing. */
const WRITE_DELAY_MS = 150;

type Records<T> = Record<string, T>;

/** The part of the state that is stored. Records are compared by identity, which reducers keep. */
export interface Kept {
  chats: RootState['chats']['entities'];
  people: RootState['people']['entities'];
  outbox: RootState['outbox']['entities'];
  operations: RootState['operations']['entities'];
  drafts: RootState['drafts'];
  topics: RootState['topics'];
}

export const NOTHING: Kept = {
  chats: {},
  people: {},
  outbox: {},
  operations: {},
  drafts: {},
  topics: {},
};

export function keptOf(state: RootState): Kept {
  return {
    chats: state.chats.entities,
    people: state.people.entities,
    outbox: state.outbox.entities,
    operations: state.operations.entities,
    drafts: state.drafts,
    topics: state.topics,
  };
}

function isSame(a: Kept, b: Kept): boolean {
  return (Object.keys(a) as (keyof Kept)[]).every((name) => a[name] === b[name]);
}

export function unsentOf(state: RootState): Unsent {
  return {
    outbox: Object.values(state.outbox.entities),
    operations: Object.values(state.operations.entities),
    drafts: Object.values(state.drafts),
  };
}

/** What must be written so that storage goes from `before` to `now`. */
export function diff<T>(before: Records<T>, now: Records<T>): Change<T>[] {
  if (before === now) return [];
  const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...keys]
    .filter((key) => before[key] !== now[key])
    .map((key) => ({ key, before: before[key], now: now[key] }));
}

export function batchOf(before: Kept, now: Kept): Batch {
  return {
    chats: diff(before.chats, now.chats),
    people: diff(before.people, now.people),
    outbox: diff(before.outbox, now.outbox),
    operations: diff(before.operations, now.operations),
    drafts: diff(before.drafts, now.drafts),
    topics: diff(before.topics, now.topics),
  };
}

function isEmpty(batch: Batch): boolean {
  return Object.values(batch).every((changes: unknown[]) => changes.length === 0);
}

export interface WriterEvents {
  onStatus: (status: StorageStatus) => void;
  /** The store belongs to another session: this one is over and nobody has told this tab. */
  onRefused: () => void;
}

export class Writer {
  readonly #store: UserStore;
  readonly #sessionId: string;
  readonly #events: WriterEvents;
  /** What storage holds, as far as this tab has written it. */
  #stored: Kept;
  #wanted: Kept;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #failures = 0;
  #stopped = false;
  /** Transactions of this tab, one after the other. */
  #tail: Promise<void> = Promise.resolve();

  constructor(store: UserStore, sessionId: string, stored: Kept, events: WriterEvents) {
    this.#store = store;
    this.#sessionId = sessionId;
    this.#events = events;
    this.#stored = stored;
    this.#wanted = stored;
  }

  get stored(): Kept {
    return this.#stored;
  }

  /** The state has changed; what the user wrote does not wait. */
  note(state: RootState): void {
    const before = this.#wanted;
    this.#wanted = keptOf(state);
    const wrote = (['outbox', 'operations', 'drafts'] as const).some(
      (name) => before[name] !== this.#wanted[name],
    );
    if (wrote) {
      // A page that goes away may not finish what it begins then.
      void this.flush();
    } else if (!isSame(before, this.#wanted)) {
      this.#schedule(WRITE_DELAY_MS);
    }
  }

  #schedule(delayMs: number): void {
    this.#timer ??= setTimeout(() => void this.flush(), delayMs);
  }

  /** Writes at once; resolves when it was tried. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#tail = this.#tail.then(() => this.#write());
    return this.#tail;
  }

  async #write(): Promise<void> {
    const wanted = this.#wanted;
    const batch = batchOf(this.#stored, wanted);
    if (this.#stopped || isEmpty(batch)) return;
    try {
      const taken = await this.#store.write(this.#sessionId, batch);
      if (this.#isOver()) return;
      if (!taken) {
        this.stop();
        this.#events.onRefused();
        return;
      }
      this.#stored = wanted;
      this.#failures = 0;
      this.#events.onStatus('kept');
    } catch (error) {
      if (this.#isOver()) return;
      if (error instanceof Outdated) {
        this.#events.onStatus('outdated');
        this.stop();
        return;
      }
      // One failure happens: the user hears of it when the repetition failed, too.
      if (this.#failures > 0) this.#events.onStatus('not-kept');
      this.#schedule(this.#failures > 0 ? backoffMs(this.#failures) : WRITE_DELAY_MS);
      this.#failures += 1;
    }
  }

  /** Whether it was stopped while it waited for a transaction. */
  #isOver(): boolean {
    return this.#stopped;
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
