import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** What a proxy answers while a core is away, and what a client tries again. */
const TRANSIENT = new Set([502, 503, 504]);
/** A killed core is back within a second or two; after this long something else is wrong. */
const RETRY_FOR_MS = 15_000;
const RETRY_EVERY_MS = 100;

/** An answer that says no. */
export class Problem extends Error {
  constructor(method, path, { status, body }) {
    super(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
    this.status = status;
    this.code = body?.code;
  }
}

/** One session at the HTTP interface; `origin` is nginx or one core's own port. */
export class Api {
  /** How long `call` tries again. */
  patienceMs = RETRY_FOR_MS;

  constructor(origin) {
    this.base = `${origin}/api/v1`;
    this.token = null;
    this.cookie = null;
  }

  /** The same session at another address. */
  at(origin) {
    const other = new Api(origin);
    other.token = this.token;
    other.cookie = this.cookie;
    return other;
  }

  /**
   * One request and its answer, whatever it is; `raw` is a body that goes out as it is. On a
   * connection of its own: nginx may close a kept one, to reload, just as a request goes out.
   */
  once(method, path, body, { headers = {}, raw } = {}) {
    return this.#exchange(method, path, body, {
      headers: { connection: 'close', ...headers },
      raw,
    });
  }

  async #exchange(method, path, body, { headers = {}, raw } = {}) {
    const sent = { ...headers };
    if (this.token) sent.authorization ??= `Bearer ${this.token}`;
    if (this.cookie) sent.cookie ??= this.cookie;
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    if (payload !== undefined) sent['content-type'] ??= 'application/json';
    const response = await fetch(this.base + path, { method, headers: sent, body: payload });
    const text = await response.text();
    for (const line of response.headers.getSetCookie()) this.#remember(line);
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: json && text ? JSON.parse(text) : text,
    };
  }

  /** As the client does: what may be said twice is tried again while the network or a core is away. */
  async call(method, path, body) {
    const deadline = performance.now() + this.patienceMs;
    for (;;) {
      const answer = await this.#exchange(method, path, body).catch((error) => ({ error }));
      const transient = answer.error !== undefined || TRANSIENT.has(answer.status);
      if (!transient || performance.now() > deadline) {
        if (answer.error) throw answer.error;
        if (answer.status >= 400) throw new Problem(method, path, answer);
        return answer.body;
      }
      await delay(RETRY_EVERY_MS);
    }
  }

  get(path) {
    return this.call('GET', path);
  }

  post(path, body) {
    return this.call('POST', path, body);
  }

  put(path, body) {
    return this.call('PUT', path, body);
  }

  delete(path) {
    return this.call('DELETE', path);
  }

  async enter(how, credentials) {
    const session = await this.post(`/auth/${how}`, credentials);
    this.token = session.access_token;
    return session.user;
  }

  async refresh() {
    const session = await this.post('/auth/refresh');
    this.token = session.access_token;
    return this.token;
  }

  /** All chats, page by page. */
  async conversations() {
    const all = [];
    for (let next = ''; next !== null;) {
      const page = await this.get(`/conversations?cursor=${next}`);
      all.push(...page.conversations);
      next = page.next;
    }
    return all;
  }

  createDirect(userId) {
    return this.post('/conversations', {
      kind: 'direct',
      member_ids: [userId],
      client_id: randomUUID(),
    });
  }

  /** Says yes to a direct chat that somebody opened, or to coming back to a group. */
  accept(conversationId) {
    return this.post(`/conversations/${conversationId}/accept`);
  }

  createGroup(title, memberIds) {
    return this.post('/conversations', {
      kind: 'group',
      title,
      member_ids: memberIds,
      client_id: randomUUID(),
    });
  }

  send(conversationId, text, clientMsgId = randomUUID()) {
    const message = { client_msg_id: clientMsgId, text };
    return this.post(`/conversations/${conversationId}/messages`, message);
  }

  #remember(line) {
    const [pair] = line.split(';');
    // The other cookie only says which device this is.
    if (!pair.includes('rookery_refresh=')) return;
    this.cookie = pair.endsWith('=') ? null : pair;
  }
}
