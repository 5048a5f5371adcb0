import type { UserEvent } from '@/api/events';
import type { ChatEvent } from '@/api/types';
import type { Position } from '@/model/chats/types';
import type { Connection, ConnectionHandlers, OpenConnection } from '@/realtime/connection';
import { EPOCH } from './fixtures';

/** The hub's side of the one connection, driven by the test. */
export class FakeHub {
  handlers: ConnectionHandlers | null = null;
  readonly subscribed = new Map<string, Position>();
  readonly published: { channel: string; data: unknown }[] = [];
  readonly calls: { method: string; data: unknown }[] = [];
  readonly tokens: string[] = [];
  /** How many of the next calls are refused. */
  refusedCalls = 0;
  /** What the hub has of a channel's log. */
  logOf: (channel: string) => { offset: number; event: ChatEvent | UserEvent }[] = () => [];
  /** Channels whose logs do not reach back to where they are asked from. */
  readonly shortLogs = new Set<string>();
  closed = false;

  readonly open: OpenConnection = (_url, handlers) => {
    this.handlers = handlers;
    this.closed = false;
    const connection: Connection = {
      // The SDK ends the connection when it gets no token.
      connect: () => void this.accept().catch(() => handlers.onClosed(1)),
      close: () => {
        this.closed = true;
      },
      subscribe: (channel, since) => this.subscribed.set(channel, since),
      unsubscribe: (channel) => this.subscribed.delete(channel),
      publish: (channel, data) => {
        this.published.push({ channel, data });
        return Promise.resolve();
      },
      call: (method, data) => {
        this.calls.push({ method, data });
        if (this.refusedCalls === 0) return Promise.resolve();
        this.refusedCalls -= 1;
        return Promise.reject(new Error('too many requests'));
      },
      logAfter: (channel, after, limit) =>
        Promise.resolve(
          this.shortLogs.has(channel)
            ? null
            : this.logOf(channel)
                .filter(({ offset }) => offset > after.offset)
                .slice(0, limit)
                .map(({ offset, event }) => ({ offset, data: event })),
        ),
      logBefore: (channel, before, limit) =>
        Promise.resolve(
          this.logOf(channel)
            .filter(({ offset }) => offset < before.offset)
            .slice(-limit)
            .map(({ offset, event }) => ({ offset, data: event })),
        ),
    };
    return Promise.resolve(connection);
  };

  get client(): ConnectionHandlers {
    if (!this.handlers) throw new Error('nobody is connected');
    return this.handlers;
  }

  async accept(): Promise<void> {
    this.client.onConnecting();
    this.tokens.push(await this.client.getToken());
    this.client.onConnected();
  }

  /** Delivers on the feed, as to somebody who is not subscribed. */
  feed(offset: number, event: unknown, topic = 'chat:c1', epoch = EPOCH): void {
    this.client.onPublication('feed', { topic, epoch, offset, event }, undefined);
  }

  /** Delivers on a subscription. */
  push(channel: string, event: unknown, offset?: number): void {
    this.client.onPublication(channel, event, offset);
  }

  /** Answers a subscription. */
  confirm(
    channel: string,
    position: Position,
    over: { lost?: boolean; data?: unknown } = {},
  ): void {
    this.client.onSubscribed({ channel, position, lost: false, data: undefined, ...over });
  }
}
