import type { Position } from '@/model/chats/types';

/** Asked for a token and there is no session any more: the connection gives up. */
export class SessionGone extends Error {}

export interface Subscribed {
  channel: string;
  /** Where the channel stands; absent on channels without a log. */
  position: Position | null;
  /** A place was asked for, and the hub could not replay from there. */
  lost: boolean;
  data: unknown;
}

export interface ConnectionHandlers {
  getToken: () => Promise<string>;
  onConnecting: () => void;
  onConnected: () => void;
  /** The connection will not come back by itself. */
  onClosed: (code: number) => void;
  onSubscribed: (subscribed: Subscribed) => void;
  /** The hub ended a subscription for good. */
  onRefused: (channel: string) => void;
  onPublication: (channel: string, data: unknown, offset: number | undefined) => void;
}

/** An entry of a channel's log. */
export interface Logged {
  offset: number;
  data: unknown;
}

/** The one realtime connection, as the middleware needs it; tests bring their own. */
export interface Connection {
  connect: () => void;
  close: () => void;
  subscribe: (channel: string, since: Position) => void;
  unsubscribe: (channel: string) => void;
  publish: (channel: string, data: unknown) => Promise<void>;
  call: (method: string, data: unknown) => Promise<void>;
  /** The end of a channel's log before a position, ascending; empty where nothing is before it. */
  logBefore: (channel: string, before: Position, limit: number) => Promise<Logged[]>;
  /** A channel's log after a position, ascending; null where it does not reach back to there. */
  logAfter: (channel: string, after: Position, limit: number) => Promise<Logged[] | null>;
}

/** Rejects where what it needs could not be loaded. */
export type OpenConnection = (url: string, handlers: ConnectionHandlers) => Promise<Connection>;
