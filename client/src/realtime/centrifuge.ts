import {
  Centrifuge,
  UnauthorizedError,
  type PublicationContext,
  type Subscription,
} from 'centrifuge';
import type { Position } from '@/model/chats/types';
import {
  SessionGone,
  type Connection,
  type ConnectionHandlers,
  type Logged,
  type Subscribed,
} from './connection';

/** The configured address; a path means the origin that served the page. */
function socketUrl(configured: string): string {
  const url = new URL(configured, window.location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  return url.href;
}

/** The hub's answer where a log does not reach back to a position. */
const UNRECOVERABLE = 112;

const isUnrecoverable = (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === UNRECOVERABLE;

interface SubscribedContext {
  channel: string;
  streamPosition?: Position;
  wasRecovering: boolean;
  recovered: boolean;
  data?: unknown;
}

const logged = ({ offset = 0, data }: PublicationContext): Logged => ({ offset, data });

function describe(context: SubscribedContext): Subscribed {
  return {
    channel: context.channel,
    position: context.streamPosition ?? null,
    lost: context.wasRecovering && !context.recovered,
    data: context.data,
  };
}

/** Connects through the official SDK: it pings, reconnects, resubscribes and recovers. */
export function openCentrifuge(url: string, handlers: ConnectionHandlers): Connection {
  const client = new Centrifuge(socketUrl(url), {
    name: 'rookery-web',
    getToken: () =>
      handlers.getToken().catch((error: unknown) => {
        throw error instanceof SessionGone ? new UnauthorizedError('session ended') : error;
      }),
  });
  client.on('connecting', () => handlers.onConnecting());
  client.on('connected', () => handlers.onConnected());
  client.on('disconnected', ({ code }) => handlers.onClosed(code));
  client.on('subscribed', (context) => handlers.onSubscribed(describe(context)));
  client.on('publication', ({ channel, data, offset }) =>
    handlers.onPublication(channel, data, offset),
  );

  const remove = (subscription: Subscription) => {
    subscription.removeAllListeners();
    client.removeSubscription(subscription);
  };
  return {
    connect: () => {
      // After a refusal the SDK would present the same token again.
      client.setToken('');
      client.connect();
    },
    close: () => {
      client.removeAllListeners();
      client.disconnect();
    },
    subscribe: (channel, since) => {
      const subscription = client.newSubscription(channel, { since, recoverable: true });
      subscription.on('subscribed', (context) => handlers.onSubscribed(describe(context)));
      subscription.on('publication', ({ data, offset }) =>
        handlers.onPublication(channel, data, offset),
      );
      subscription.on('unsubscribed', () => {
        remove(subscription);
        handlers.onRefused(channel);
      });
      subscription.subscribe();
    },
    unsubscribe: (channel) => {
      const subscription = client.getSubscription(channel);
      if (!subscription) return;
      subscription.removeAllListeners();
      subscription.unsubscribe();
      remove(subscription);
    },
    publish: async (channel, data) => {
      await client.getSubscription(channel)?.publish(data);
    },
    call: async (method, data) => {
      await client.rpc(method, data);
    },
    logBefore: async (channel, before, limit) => {
      const page = await client.history(channel, { since: before, limit, reverse: true });
      return page.publications.map(logged).reverse();
    },
    logAfter: async (channel, { epoch, offset }, limit) => {
      try {
        const page = await client.history(channel, { since: { epoch, offset }, limit });
        return page.publications.map(logged);
      } catch (error) {
        if (isUnrecoverable(error)) return null;
        throw error;
      }
    },
  };
}
