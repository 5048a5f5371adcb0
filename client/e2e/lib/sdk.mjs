import { Centrifuge as Json, UnauthorizedError } from 'centrifuge';
import { Centrifuge as Protobuf } from 'centrifuge/build/protobuf';
import { WebSocket } from 'ws';

import { eventually } from './eventually.mjs';

const READY_MS = 10_000;

/** Both forms of the official SDK, with how each wants its payloads. */
const FORMATS = {
  json: { Centrifuge: Json, pack: (value) => value, unpack: (data) => data },
  protobuf: {
    Centrifuge: Protobuf,
    pack: (value) => new TextEncoder().encode(JSON.stringify(value)),
    unpack: (data) => JSON.parse(new TextDecoder().decode(data)),
  },
};

export const FORMAT_NAMES = Object.keys(FORMATS);

/** The official SDK on one connection, by whatever transport, and what it was told. */
export class Sdk {
  #format;
  /** Every frame off a WebSocket, as text where it is text. */
  frames = [];
  /** `{code}` of each interruption. */
  closed = [];

  /**
   * `url` is the hub's, or that of a proxy before it; `transports` are tried in order. Without
   * `getToken` the client has this token or none.
   */
  constructor(url, { format = 'json', transports = ['websocket'], ...options }) {
    this.#format = FORMATS[format];
    const { frames } = this;
    class Recorded extends (options.websocket ?? WebSocket) {
      constructor(...args) {
        super(...args);
        this.on('message', (data, isBinary) =>
          frames.push(isBinary ? Buffer.from(data) : data.toString()),
        );
      }
    }
    const endpoints = transports.map((transport) => ({
      transport,
      endpoint: `${transport === 'websocket' ? url.replace(/^http/, 'ws') : url}/connection/${transport}`,
    }));
    this.client = new this.#format.Centrifuge(endpoints, {
      emulationEndpoint: `${url}/emulation`,
      getToken: refuse,
      minReconnectDelay: 50,
      maxReconnectDelay: 500,
      ...options,
      websocket: Recorded,
    });
    this.client.on('connected', ({ transport }) => (this.transport = transport));
    this.client.on('connecting', ({ code }) => code > 0 && this.closed.push({ code }));
    this.client.on('disconnected', ({ code }) => this.closed.push({ code }));
  }

  /** A connection of somebody whose session goes on. */
  static of(stack, person, options) {
    const getToken = () => person.api.refresh();
    return new Sdk(stack.hubUrl, { token: person.api.token, getToken, ...options });
  }

  async connect() {
    this.client.connect();
    await this.client.ready(READY_MS);
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
    await subscription.ready(READY_MS);
    return subscription;
  }

  publish(channel, value) {
    return this.client.publish(channel, this.pack(value));
  }

  async rpc(method, value) {
    const { data } = await this.client.rpc(method, this.pack(value));
    return this.unpack(data);
  }

  close() {
    this.client.disconnect();
  }
}

function refuse() {
  throw new UnauthorizedError('this token or none');
}

/** Waits until a subscription has heard so many publications. */
export const hears = (subscription, count) =>
  eventually(`${subscription.channel} brought ${count}`, () => subscription.heard.length >= count, {
    withinMs: READY_MS,
  });

/** The texts of the messages that a subscription of a chat has heard. */
export const texts = ({ heard }) =>
  heard
    .filter(({ data, offset }) => offset !== undefined && data.type === 'message.posted')
    .map(({ data }) => data.message.text);

/** Waits until a subscription of a chat has heard so many messages. */
export const hearsMessages = (subscription, count) =>
  eventually(
    `${subscription.channel} brought ${count} messages`,
    () => texts(subscription).length >= count,
    {
      withinMs: READY_MS,
    },
  );

/** The error code with which something is refused; `undefined` when it is not. */
export const refusal = (promise) =>
  promise.then(
    () => undefined,
    (error) => error.code,
  );
