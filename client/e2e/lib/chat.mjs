/**
 * One chat as a device sees it: every logged event is applied once and in order by the rule of
 * docs/events.md, whichever way it came.
 */
export class Chat {
  /** What should never happen, in words; a test asserts that it stays empty. */
  violations = [];
  /** Every message in the order in which it was applied. */
  messages = [];
  /** Every other logged event in the order in which it was applied. */
  events = [];
  /** What has no offset: typing, presence, receipts.moved. */
  ephemeral = [];
  /** user id, or null for "everybody in the group" → watermarks. */
  receipts = new Map();

  constructor(snapshot, history) {
    this.id = snapshot.id;
    this.epoch = snapshot.topic.epoch;
    this.offset = snapshot.topic.offset;
    this.unreadCount = snapshot.unread_count;
    // A snapshot is read after its position, so it may be ahead of it; the rule drops the rest.
    for (const message of history) this.#append(message);
    for (const receipt of snapshot.receipts) this.move(receipt);
  }

  get lastSeq() {
    return this.messages.at(-1)?.seq ?? 0;
  }

  get texts() {
    return this.messages.map((message) => message.text);
  }

  /** What the rule says of a logged event: `apply`, `drop`, `gap` or `reload`. */
  judge(epoch, offset) {
    if (epoch !== this.epoch) return 'reload';
    if (offset <= this.offset) return 'drop';
    return offset === this.offset + 1 ? 'apply' : 'gap';
  }

  apply(offset, event) {
    this.offset = offset;
    if (event.type === 'message.posted') this.#append(event.message);
    else this.events.push(event);
  }

  /** Watermarks only rise. */
  move({ user_id: userId, delivered_seq: delivered, read_seq: read }) {
    const known = this.receipts.get(userId) ?? { delivered: 0, read: 0 };
    this.receipts.set(userId, {
      delivered: Math.max(known.delivered, delivered),
      read: Math.max(known.read, read),
    });
  }

  #append(message) {
    const { lastSeq } = this;
    if (message.seq <= lastSeq) return;
    if (this.messages.length > 0 && message.seq !== lastSeq + 1) {
      this.violations.push(`message ${message.seq} after ${lastSeq}`);
    }
    this.messages.push(message);
  }
}
