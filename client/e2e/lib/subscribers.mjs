import { Centrifuge as JsonCentrifuge } from 'centrifuge';
import { Centrifuge as ProtobufCentrifuge } from 'centrifuge/build/protobuf';
import { WebSocket } from 'ws';

import { eventually } from './eventually.mjs';

/** Both forms of the official SDK, with how each wants its payloads. */
export const FORMATS = {
  json: { Centrifuge: JsonCentrifuge, pack: (value) => value, unpack: (data) => data },
  protobuf: {
    Centrifuge: ProtobufCentrifuge,
    pack: (value) => new TextEncoder().encode(JSON.stringify(value)),
    unpack: (data) => JSON.parse(new TextDecoder().decode(data)),
  },
};

/** The official SDK on one connection of somebody, which notes what it hears. */
export class Sdk {
  #format;
  /** Every frame off the socket, as text where it is text. */
  frames = [];

  constructor(stack, person, format, options = {}) {
    this.#format = FORMATS[format];
    const { frames } = this;
    class Recorded extends WebSocket {
      constructor(...args) {
        super(...args);
        this.on('message', (data, isBinary) =>
          frames.push(isBinary ? Buffer.from(data) : data.toString()),
        );
      }
    }
    this.client = new this.#format.Centrifuge(stack.socketUrl, {
      websocket: Recorded,
      token: person.api.token,
      getToken: () => person.api.refresh(),
      minReconnectDelay: 50,
      maxReconnectDelay: 200,
      ...options,
    });
  }

  async connect() {
    this.client.connect();
    await this.client.ready(10_000);
    return this;
  }

  /** Comes back after a connection that was lost, as far as the hub can tell. */
  async reconnect() {
    this.client.disconnect();
    await this.connect();
  }

  pack(value) {
    return this.#format.pack(value);
  }

  unpack(data) {
    return this.#format.unpack(data);
  }

  /** A subscription that keeps what it hears in `heard`, and its states in `states`. */
  open(channel, options = {}) {
    const subscription = this.client.newSubscription(channel, options);
    const heard = [];
    const states = [];
    const marks = [];
    subscription.on('publication', ({ data, ...rest }) => {
      heard.push({ data: this.unpack(data), ...rest });
    });
    subscription.on('subscribed', (context) => states.push(context));
    subscription.on('join', ({ info }) => marks.push(['join', info.user]));
    subscription.on('leave', ({ info }) => marks.push(['leave', info.user]));
    subscription.subscribe();
    return Object.assign(subscription, { heard, states, marks });
  }

  async subscribe(channel, options) {
    const subscription = this.open(channel, options);
    await subscription.ready(5_000);
    return subscription;
  }

  publish(channel, value) {
    return this.client.publish(channel, this.pack(value));
  }

  close() {
    this.client.disconnect();
  }
}

/** Waits until a subscription has heard so many publications. */
export const hears = (subscription, count) =>
  eventually(`${subscription.channel} brought ${count}`, () => subscription.heard.length >= count);

/** The error code with which something is refused; `undefined` when it is not. */
export const refusal = (promise) =>
  promise.then(
    () => undefined,
    (error) => error.code,
  );

/** Settings of the hub for namespaces, as its environment takes them. */
export function namespaces(sections) {
  const rows = Object.entries(sections).flatMap(([name, section]) =>
    Object.entries(section).map(([key, value]) => [
      `ROOKERY_HUB_NAMESPACES__${name}__${key}`.toUpperCase(),
      String(value),
    ]),
  );
  return Object.fromEntries(rows);
}
