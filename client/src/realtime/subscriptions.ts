import { chatTopic } from '@/api/events';
import type { Position } from '@/model/chats/types';
import type { Connection } from './connection';

/** The contract's bound on what one connection subscribes by itself. */
const SUBSCRIBED_AT_MOST = 50;

/** Keeps the chats that were used last subscribed, and lets the others go to the feed. */
export class RecentSubscriptions {
  /** Oldest use first. */
  readonly #chats = new Set<string>();
  readonly #connection: Connection;
  readonly #limit: number;

  constructor(connection: Connection, limit: number) {
    this.#connection = connection;
    this.#limit = Math.max(1, Math.min(limit, SUBSCRIBED_AT_MOST));
  }

  /** Subscribes from `since`, or marks the chat as used again. */
  touch(id: string, since: Position): void {
    const known = this.#chats.delete(id);
    this.#chats.add(id);
    if (known) return;
    for (const oldest of this.#chats) {
      if (this.#chats.size <= this.#limit) break;
      this.drop(oldest);
    }
    this.#connection.subscribe(chatTopic(id), since);
  }

  drop(id: string): void {
    if (this.#chats.delete(id)) this.#connection.unsubscribe(chatTopic(id));
  }
}
