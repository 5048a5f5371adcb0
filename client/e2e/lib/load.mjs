import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from './eventually.mjs';

/** Messages on their way: when each was begun, and on whose devices it has to appear. */
export class Load {
  /** `{id, sender, members, clientMsgId, text, startedAt, seq}` in the order in which they were begun. */
  posts = [];
  /** Posts that have not been answered yet. */
  unanswered = 0;

  /** Sends one message; `members` are those who have to see it. */
  async post(sender, id, members) {
    const text = `message ${this.posts.length + 1}`;
    const post = { id, sender, members, clientMsgId: randomUUID(), text };
    this.posts.push(post);
    post.startedAt = performance.now();
    this.unanswered += 1;
    const message = await sender.api.send(id, text, post.clientMsgId);
    this.unanswered -= 1;
    post.seq = message.seq;
  }

  /** Everybody of a chat writes one message after the other, until the returned function is called. */
  chat(id, members, pauseMs = 20) {
    let over = false;
    const write = async (member) => {
      while (!over) {
        await this.post(member, id, members);
        await delay(pauseMs);
      }
    };
    const writing = Promise.all(members.map(write));
    // Whoever stops it hears of a failure.
    writing.catch(() => undefined);
    return () => {
      over = true;
      return writing;
    };
  }

  /** Waits until `count` more messages were begun. */
  async more(count) {
    const goal = this.posts.length + count;
    await eventually(`${count} more messages`, () => this.posts.length >= goal, {
      withinMs: 30_000,
    });
  }

  /** Waits until every message is where it has to be. */
  async arrive(withinMs) {
    const isMissing = ({ clientMsgId, members }) =>
      members.some((member) => !member.seenAt.has(clientMsgId));
    let missing = this.posts;
    const arrived = () => (missing = missing.filter(isMissing)).length === 0;
    await eventually('every message has arrived', arrived, { withinMs, everyMs: 50 });
  }

  /** When the last of its members saw a message, or the end of time. */
  static seenAt({ clientMsgId, members }) {
    return Math.max(...members.map((member) => member.seenAt.get(clientMsgId) ?? Infinity));
  }

  /** From the beginning of the POST to the last member's screen. */
  static latencyMs(post) {
    return Load.seenAt(post) - post.startedAt;
  }

  /** The longest that any message took. */
  get slowestMs() {
    return this.posts.reduce((slowest, post) => Math.max(slowest, Load.latencyMs(post)), 0);
  }

  /** What should never happen, in words: a message lost, doubled or out of order anywhere. */
  get violations() {
    const people = new Set(this.posts.flatMap(({ members }) => members));
    const found = [...people].flatMap((person) => person.violations);
    for (const [id, posts] of groupBy(this.posts, (post) => post.id)) {
      const unanswered = posts.filter(({ seq }) => seq === undefined);
      found.push(...unanswered.map(({ text }) => `${text} in ${id} was never answered`));
      // Those of one sender were begun one after the other.
      for (const own of groupBy(posts, ({ sender }) => sender).values()) {
        const late = own.filter(({ seq }, at) => at > 0 && seq <= own[at - 1].seq);
        found.push(...late.map(({ text }) => `${text} in ${id} has overtaken another`));
      }
      const sorted = posts.toSorted((one, other) => one.seq - other.seq);
      for (const member of new Set(posts.flatMap(({ members }) => members))) {
        found.push(...unlike(member, id, sorted));
      }
    }
    return found;
  }
}

/** How the chat on somebody's device differs from what was posted. */
function unlike(member, id, posts) {
  const ids = new Set(posts.map(({ clientMsgId }) => clientMsgId));
  const messages = member.chats.get(id)?.messages ?? [];
  const held = messages.filter((message) => ids.has(message.client_msg_id));
  const where = `${member.user.handle} in ${id}`;
  if (held.length !== posts.length) return [`${where}: ${held.length} of ${posts.length} messages`];
  const at = held.findIndex((message, n) => message.client_msg_id !== posts[n].clientMsgId);
  return at < 0 ? [] : [`${where}: ${held[at].text} instead of ${posts[at].text}`];
}

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (groups.has(key)) groups.get(key).push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
