import { Centrifuge } from 'centrifuge';
import { WebSocket } from 'ws';

/** Somebody who listens with the official SDK and notes everything, in order. */
export class Listener {
  /** `{what, channel?, code?, reason?, data?, offset?, tags?, recovered?}` */
  notes = [];

  constructor(socketUrl, options) {
    this.client = new Centrifuge(socketUrl, { websocket: WebSocket, ...options });
    for (const what of ['connected', 'connecting', 'disconnected', 'error']) {
      this.client.on(what, (context) => this.#note(what, context));
    }
    // Subscriptions that the server made.
    for (const what of ['subscribed', 'unsubscribed', 'publication', 'message']) {
      this.client.on(what, (context) => this.#note(what, { byServer: true, ...context }));
    }
  }

  static async connected(socketUrl, options) {
    const listener = new Listener(socketUrl, options);
    await listener.connect();
    return listener;
  }

  async connect() {
    this.client.connect();
    await this.client.ready(10_000);
  }

  disconnect() {
    this.client.disconnect();
  }

  /** The connection's name on the wire. */
  get id() {
    return this.of('connected').at(-1).client;
  }

  async subscribe(channel, options) {
    const subscription = this.client.newSubscription(channel, options);
    for (const what of ['subscribed', 'subscribing', 'unsubscribed', 'publication', 'error']) {
      subscription.on(what, (context) => this.#note(what, context));
    }
    subscription.subscribe();
    await subscription.ready(5_000);
    return subscription;
  }

  /** All notes of a kind, of one channel or of all. */
  of(what, channel) {
    return this.notes.filter(
      (note) => note.what === what && (channel === undefined || note.channel === channel),
    );
  }

  /** The payloads heard on a channel. */
  heard(channel) {
    return this.of('publication', channel).map(({ data }) => data);
  }

  #note(what, context) {
    this.notes.push({ what, ...context });
  }
}
