import { Centrifuge as Json, UnauthorizedError } from 'centrifuge';
import { Centrifuge as Protobuf } from 'centrifuge/build/protobuf';
import { WebSocket } from 'ws';

import { eventually } from './eventually.mjs';

const READY_MS = 10_000;

/** The official SDK on one chat, by whatever transport, and what it was told. */
export class Sdk {
  /** `{code}` of each interruption. */
  closed = [];
  /** Texts of the chat's messages, as they came. */
  texts = [];
  /** Types of what came without an offset. */
  ephemeral = [];
  /** Whether each (re)subscription continued. */
  recoveries = [];

  /** `url` is the hub's, or that of a proxy before it; `transports` are tried in order. */
  constructor(url, token, { transports, protobuf = false, ...options }) {
    const Centrifuge = protobuf ? Protobuf : Json;
    const endpoints = transports.map((transport) => ({
      transport,
      endpoint: `${transport === 'websocket' ? url.replace(/^http/, 'ws') : url}/connection/${transport}`,
    }));
    this.client = new Centrifuge(endpoints, {
      websocket: WebSocket,
      emulationEndpoint: `${url}/emulation`,
      token,
      getToken: () => {
        throw new UnauthorizedError('this token or none');
      },
      minReconnectDelay: 100,
      maxReconnectDelay: 500,
      ...options,
    });
    this.decode = protobuf ? (data) => JSON.parse(new TextDecoder().decode(data)) : (data) => data;
    this.encode = protobuf
      ? (data) => new TextEncoder().encode(JSON.stringify(data))
      : (data) => data;
    this.client.on('connected', ({ transport }) => (this.transport = transport));
    this.client.on('connecting', ({ code }) => code > 0 && this.closed.push({ code }));
    this.client.on('disconnected', ({ code }) => this.closed.push({ code }));
  }

  async connect() {
    this.client.connect();
    await this.client.ready(READY_MS);
    return this;
  }

  /** Opens a chat from where it stands. */
  async subscribe(id) {
    const subscription = this.client.newSubscription(`chat:${id}`, { recoverable: true });
    subscription.on('subscribed', ({ wasRecovering, recovered }) => {
      if (wasRecovering) this.recoveries.push(recovered);
    });
    subscription.on('publication', ({ data, offset }) => {
      const event = this.decode(data);
      if (offset === undefined) this.ephemeral.push(event.type);
      else if (event.type === 'message.posted') this.texts.push(event.message.text);
    });
    subscription.subscribe();
    await subscription.ready(READY_MS);
    this.subscription = subscription;
    return this;
  }

  typing() {
    return this.subscription.publish(this.encode({ type: 'typing' }));
  }

  async ack(id, seq) {
    const { data } = await this.client.rpc('ack', this.encode({ conversation_id: id, seq }));
    return this.decode(data);
  }

  /** Waits until this is what came. */
  has(texts) {
    const what = `${this.transport} has ${texts.length} messages`;
    return eventually(what, () => this.texts.length >= texts.length, { withinMs: READY_MS });
  }

  close() {
    this.client.disconnect();
  }
}
