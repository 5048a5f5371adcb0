import { randomBytes } from 'node:crypto';

import { Centrifuge, UnauthorizedError } from 'centrifuge';
import { WebSocket } from 'ws';

import { Api, Problem } from './api.mjs';
import { Chat } from './chat.mjs';
import { eventually, inParallel } from './eventually.mjs';

export const PASSWORD = 'correct horse battery staple';
const PAGE = 100;
/** As many loads at the same time as the web client allows itself. */
const PARALLEL_LOADS = 4;

/** One device of somebody: a session, the one connection and the chats as this device sees them. */
export class Person {
  chats = new Map();
  /** Events of the own `user:` topic. */
  notices = [];
  /** Client id of a message → when (`performance.now()`) this device saw it first. */
  seenAt = new Map();
  /** Everything chats brought over the socket, applied or not: `{id, offset, type, seq}`. */
  wire = [];
  /** How many messages came on a subscription of their own, through the feed, and by asking. */
  arrivals = { subscription: 0, feed: 0, changes: 0 };
  /** Codes with which the hub ended the connection or a subscription. */
  closed = [];
  #repairs = new Map();
  /** Chat id → the last `chat.added` or `chat.removed` that this device heard. */
  #memberships = new Map();
  #syncs = 0;
  #synced = null;

  constructor(stack, api, user) {
    this.stack = stack;
    this.api = api;
    this.user = user;
  }

  static async register(stack, name = 'person', displayName = name) {
    const api = new Api(stack.publicUrl);
    const handle = `${name}_${randomBytes(4).toString('hex')}`;
    const user = await api.enter('register', {
      handle,
      display_name: displayName,
      password: PASSWORD,
    });
    return new Person(stack, api, user);
  }

  /** Several people at once, by name. */
  static crowd(stack, names) {
    return inParallel(names, 4, (name) => Person.register(stack, name));
  }

  /** Another device of the same account. */
  async secondDevice() {
    const api = new Api(this.stack.publicUrl);
    await api.enter('login', { handle: this.user.handle, password: PASSWORD });
    return new Person(this.stack, api, this.user);
  }

  get id() {
    return this.user.id;
  }

  /** Connects and resolves when everything that is there has been loaded. */
  async connect() {
    // One at a time: a connection that nobody holds any more would come back for ever.
    this.disconnect();
    const client = new Centrifuge(this.stack.socketUrl, {
      websocket: WebSocket,
      token: this.api.token,
      getToken: () => this.#freshToken(),
      name: 'rookery-e2e',
    });
    this.client = client;
    client.on('connected', () => {
      this.#syncs += 1;
      this.#synced = this.#sync().finally(() => (this.#syncs -= 1));
    });
    client.on('connecting', ({ code }) => code > 0 && this.closed.push({ code }));
    client.on('disconnected', ({ code }) => this.closed.push({ code }));
    client.on('publication', (publication) => this.#pushed(publication));
    client.connect();
    await client.ready(10_000);
    await this.#synced;
    return this;
  }

  disconnect() {
    this.client?.disconnect();
  }

  async #freshToken() {
    try {
      return await this.api.refresh();
    } catch (error) {
      if (error instanceof Problem && error.status === 401) throw new UnauthorizedError('over');
      throw error;
    }
  }

  /** Whether the connection is up and nothing is being loaded. */
  get settled() {
    return this.client.state === 'connected' && this.#syncs === 0 && this.#repairs.size === 0;
  }

  chat(id) {
    const chat = this.chats.get(id);
    if (!chat) throw new Error(`${this.user.handle} does not know the chat ${id}`);
    return chat;
  }

  /** Waits until this device knows a chat and, if told, until it holds `seq` messages' end. */
  async hasChat(id, { seq = 0, withinMs = 5_000 } = {}) {
    const what = `${this.user.handle} has chat ${id} up to ${seq}`;
    return eventually(what, () => this.chats.get(id)?.lastSeq >= seq && this.chats.get(id), {
      withinMs,
    });
  }

  /** Waits until this device has everything of a chat's log up to `offset`. */
  hasEvents(id, offset) {
    const what = `${this.user.handle} has the log of ${id} up to ${offset}`;
    return eventually(what, () => this.chats.get(id)?.offset >= offset, { withinMs: 15_000 });
  }

  /** Opens a chat: its own channel instead of the feed. */
  async subscribe(id) {
    const chat = this.chat(id);
    const since = { epoch: chat.epoch, offset: chat.offset };
    const subscription = this.client.newSubscription(`chat:${id}`, { since, recoverable: true });
    subscription.on('subscribed', ({ data, wasRecovering, recovered, streamPosition }) => {
      for (const receipt of data?.receipts ?? []) chat.move(receipt);
      chat.online = data?.online;
      if (wasRecovering && !recovered) this.#repair(id, streamPosition.offset);
    });
    subscription.on('publication', ({ data, offset }) => {
      if (offset === undefined) this.#ephemeral(id, data);
      else this.#logged(id, chat.epoch, offset, data, 'subscription');
    });
    subscription.on('unsubscribed', ({ code }) => {
      this.closed.push({ channel: id, code });
      this.client.removeSubscription(subscription);
    });
    subscription.subscribe();
    await subscription.ready(5_000);
    return subscription;
  }

  ack(id, seq) {
    return this.client.rpc('ack', { conversation_id: id, seq });
  }

  typing(id) {
    return this.client.getSubscription(`chat:${id}`).publish({ type: 'typing' });
  }

  read(id, seq) {
    return this.api.post(`/conversations/${id}/receipts`, { read_seq: seq });
  }

  /** Everything that should never have happened on this device. */
  get violations() {
    return [...this.chats.values()].flatMap((chat) =>
      chat.violations.map((violation) => `${this.user.handle} in ${chat.id}: ${violation}`),
    );
  }

  #pushed({ channel, data, offset }) {
    if (channel !== 'feed') {
      if (offset === undefined) return;
      this.notices.push({ offset, ...data });
      this.#noticed(data);
      return;
    }
    const id = data.topic.slice('chat:'.length);
    if (data.offset === undefined) this.#ephemeral(id, data.event);
    else this.#logged(id, data.epoch, data.offset, data.event, 'feed');
  }

  #noticed(notice) {
    const { type, conversation_id: id } = notice;
    if (type !== 'chat.added' && type !== 'chat.removed') return;
    this.#memberships.set(id, notice);
    if (type === 'chat.removed') this.chats.delete(id);
    else if (!this.chats.has(id)) this.#repair(id, 0);
  }

  #ephemeral(id, event) {
    this.wire.push({ id, type: event.type });
    const chat = this.chats.get(id);
    if (!chat) return;
    chat.ephemeral.push(event);
    if (event.type === 'receipts.moved') event.receipts.forEach((receipt) => chat.move(receipt));
  }

  #logged(id, epoch, offset, event, route) {
    if (route !== 'changes') {
      this.wire.push({ id, offset, type: event.type, seq: event.message?.seq });
    }
    const chat = this.chats.get(id);
    const verdict = chat ? chat.judge(epoch, offset) : 'reload';
    if (verdict === 'apply') this.#apply(chat, offset, event, route);
    else if (verdict === 'reload') this.chats.delete(id);
    if (verdict === 'gap' || verdict === 'reload') this.#repair(id, offset);
  }

  #apply(chat, offset, event, route) {
    chat.apply(offset, event);
    if (event.type === 'message.posted') {
      this.arrivals[route] += 1;
      this.#saw(event.message);
    } else if (event.type === 'member.removed' && event.user_id === this.id) {
      this.chats.delete(chat.id);
    }
  }

  #saw({ client_msg_id: clientMsgId }) {
    if (!this.seenAt.has(clientMsgId)) this.seenAt.set(clientMsgId, performance.now());
  }

  /** Loads what is missing up to at least `head`, once at a time per chat. */
  #repair(id, head) {
    const running = this.#repairs.get(id);
    if (running) {
      running.head = Math.max(running.head, head);
      return running.done;
    }
    const repair = { head };
    this.#repairs.set(id, repair);
    repair.done = this.#readOn(id, repair);
    return repair.done;
  }

  async #readOn(id, repair) {
    try {
      while (await this.#readOnce(id, repair));
    } finally {
      // With the decision to end, so that nobody joins a repair that asks for nothing more.
      this.#repairs.delete(id);
    }
  }

  /** One question; whether there may be more to ask. */
  async #readOnce(id, repair) {
    const chat = this.chats.get(id);
    if (chat?.offset >= repair.head) return false;
    const before = chat && `${chat.epoch} ${chat.offset}`;
    const membership = this.#memberships.get(id);
    const answer = await orNothing(() => (chat ? this.#changes(chat) : this.#load(id)));
    // An answer that is older than what was heard since counts for nothing.
    if (this.#memberships.get(id) !== membership) return true;
    if (!answer) {
      this.chats.delete(id);
      return false;
    }
    if (!chat) {
      this.#take(answer);
      return true;
    }
    repair.head = Math.max(repair.head, answer.topic.offset);
    if (answer.reset) {
      if (repair.reset === before) throw new Error(`${id} is reset at ${before} again and again`);
      repair.reset = before;
      this.chats.delete(id);
      return true;
    }
    for (const change of answer.changes) {
      this.#logged(id, answer.topic.epoch, change.offset, change.event, 'changes');
    }
    if (this.chats.get(id) === chat && `${chat.epoch} ${chat.offset}` === before) {
      throw new Error(`changes of ${id} do not join on to ${before} and say no reset`);
    }
    return true;
  }

  #changes({ id, epoch, offset }) {
    const query = `after_offset=${offset}&epoch=${encodeURIComponent(epoch)}`;
    return this.api.get(`/conversations/${id}/changes?${query}`);
  }

  async #load(id) {
    return this.#withHistory(await this.api.get(`/conversations/${id}`));
  }

  /** A snapshot with the messages that precede it. */
  async #withHistory(snapshot) {
    const history = [];
    const last = snapshot.last_message?.seq ?? 0;
    while ((history.at(-1)?.seq ?? 0) < last) {
      const after = history.at(-1)?.seq ?? 0;
      const path = `/conversations/${snapshot.id}/messages?after_seq=${after}&limit=${PAGE}`;
      const { messages } = await this.api.get(path);
      if (messages.length === 0) break;
      history.push(...messages.filter((message) => message.seq <= last));
    }
    return new Chat(snapshot, history);
  }

  /** Takes a chat over from its snapshot, unless this device got further meanwhile. */
  #take(chat) {
    const known = this.chats.get(chat.id);
    if (known?.epoch !== chat.epoch || known.offset < chat.offset) this.chats.set(chat.id, chat);
    chat.messages.forEach((message) => this.#saw(message));
  }

  /** After a (re)connect: compares all heads with the server and loads what moved. */
  async #sync() {
    const memberships = new Map(this.#memberships);
    const conversations = await this.api.conversations();
    await inParallel(conversations, PARALLEL_LOADS, async (snapshot) => {
      const { id, topic } = snapshot;
      const known = this.chats.get(id);
      const chat = known ? null : await orNothing(() => this.#withHistory(snapshot));
      // An answer that is older than what was heard since counts for nothing.
      const isOld = this.#memberships.get(id) !== memberships.get(id);
      if (chat && !isOld) this.#take(chat);
      // The log was replaced: what is here is of another one.
      if (this.chats.get(id)?.epoch !== topic.epoch) this.chats.delete(id);
      if (!(this.chats.get(id)?.offset >= topic.offset)) await this.#repair(id, topic.offset);
      snapshot.receipts.forEach((receipt) => this.chats.get(id)?.move(receipt));
    });
  }
}

/** An answer, or nothing where it is 404. */
async function orNothing(ask) {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}
