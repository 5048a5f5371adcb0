import { Outdated, type DatabaseEvents } from './database';

interface Closable {
  close: () => void;
}

/** A database that is opened when it is used, and again when its connection was lost. */
export class Handle<D extends Closable> {
  readonly #open: (events: DatabaseEvents) => Promise<D>;
  readonly #onOutdated: () => Promise<void>;
  #db: Promise<D> | null = null;
  #outdated = false;

  /** `onOutdated` may still write: the newer version waits for it. */
  constructor(open: (events: DatabaseEvents) => Promise<D>, onOutdated: () => Promise<void>) {
    this.#open = open;
    this.#onOutdated = onOutdated;
  }

  #opened(): Promise<D> {
    if (this.#outdated) return Promise.reject(new Outdated('another tab has a newer version'));
    const db = (this.#db ??= this.#open({
      onOutdated: async () => {
        await this.#onOutdated();
        this.#outdated = true;
      },
      onClosed: () => {
        this.#db = null;
      },
    }));
    return db;
  }

  /** Runs one transaction's work. A failure closes the connection, so that a retry begins afresh. */
  async use<T>(work: (db: D) => Promise<T>): Promise<T> {
    const opening = this.#opened();
    try {
      return await work(await opening);
    } catch (error) {
      if (this.#db === opening) this.#db = null;
      opening.then((db) => db.close()).catch(() => undefined);
      if (error instanceof Outdated) this.#outdated = true;
      throw error;
    }
  }
}
