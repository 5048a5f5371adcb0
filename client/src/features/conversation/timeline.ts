import type { LinkPreview, Message, Reaction } from '@/api/types';
import { shownOf, shownOfEntry, type Shown } from '@/components/media/shown';
import type { Carried } from '@/lib/attachments';
import { colourBeside, colourOf } from '@/lib/identity';
import { dayKey } from '@/lib/time';
import { stillShown } from '@/model/chats/message';
import { withOwn } from '@/model/chats/reactions';
import { messageOf } from '@/model/chats/stretches';
import type { Chat, Notice, Stretch } from '@/model/chats/types';
import type { Aspect, Operation } from '@/model/operations';
import type { OutboxEntry } from '@/model/outbox';
import {
  statusOf,
  statusOfEntry,
  type MessageStatus,
  type OperationsByMessage,
} from '@/store/selectors';
import type { UnreadRange } from './opening';

/** The message that another one answers, as far as this device knows it. */
export interface Quote {
  messageId: string;
  /** `unknown`: it is older than what is on this device; `gone`: nobody shows it any more. */
  state: 'shown' | 'deleted' | 'unknown' | 'gone';
  senderId: string | null;
  text: string;
  mentions: string[];
  /** What it carries. */
  carried: Carried | null;
}

export interface Bubble {
  type: 'message';
  key: string;
  /** Null until the server has accepted it. */
  id: string | null;
  clientMsgId: string;
  /** Null until the server has accepted it. */
  seq: number | null;
  senderId: string;
  text: string;
  /** The ids of those whom the text names. */
  mentions: string[];
  /** What it carries: the text is its caption then. */
  attachment: Shown | null;
  /** What it shows of the page that its text links to. */
  preview: LinkPreview | null;
  createdAt: string;
  status: MessageStatus;
  /** First of a run by one person: it has the tail, and the name in a group. */
  first: boolean;
  /** Last of that run: a face stands beside it. */
  last: boolean;
  /** The colour of who wrote it: another than that of the run above. */
  colour: number;
  /** Why it was not sent. */
  reason: string | null;
  quote: Quote | null;
  edited: boolean;
  /** It was deleted for everyone, or the user has just asked for it. */
  deleted: boolean;
  starred: boolean;
  /** How often it was forwarded before it came here. */
  forwarded: number;
  /** All reactions to it, the user's own among them. */
  reactions: Reaction[];
  myReaction: string | null;
  /** What the user wanted to become of it and the server has refused. */
  refused: Operation | null;
}

export type TimelineItem =
  | Bubble
  | { type: 'beginning'; key: string }
  | { type: 'day'; key: string; at: string }
  | { type: 'unread'; key: string; count: number }
  | { type: 'notice'; key: string; notice: Notice };

interface Sources {
  chat: Chat;
  outbox: OutboxEntry[];
  operations: OperationsByMessage;
  selfId: string;
  /** What the dividers stand before. */
  dividers: UnreadRange[];
  /** The older messages that are looked at in place of the chat's tail. */
  past?: Stretch | null;
}

const DIVIDER_KEY = 'unread ';

/** True for the key of a divider, which is there only as long as the chat stays open. */
export function isDividerKey(key: string): boolean {
  return key.startsWith(DIVIDER_KEY);
}

/** A pause after which the same person's next message starts a new run. */
const RUN_MS = 10 * 60_000;

/** A bubble before its neighbours are known. */
type Loose = Omit<Bubble, 'first' | 'last' | 'colour'>;

/** A message as the user has left it; null where they have deleted it for themselves. */
function bubbleOf(
  message: Message,
  status: MessageStatus,
  selfId: string,
  operations: Partial<Record<Aspect, Operation>> = {},
): Loose | null {
  const { content, reaction, star } = operations;
  const wanted = content?.state === 'queued' ? content.change.kind : null;
  if (wanted === 'hide') return null;
  const deleted = message.deleted || wanted === 'delete';
  const change = content?.change;
  const { reactions, my_reaction: myReaction } =
    reaction?.state === 'queued' && reaction.change.kind === 'react'
      ? withOwn(message, reaction.change.emoji, selfId)
      : message;
  const text = change?.kind === 'edit' && !deleted ? change.text : message.text;
  return {
    type: 'message',
    // The same key before and after the server accepted it: the bubble stays where it is.
    key: message.client_msg_id,
    id: message.id,
    clientMsgId: message.client_msg_id,
    seq: message.seq,
    senderId: message.sender_id,
    text: deleted ? '' : text,
    mentions: (change?.kind === 'edit' && change.mentions) || message.mentions,
    attachment: deleted ? null : shownOf(message),
    preview: deleted ? null : stillShown(message.preview ?? null, text),
    createdAt: message.created_at,
    status: wanted === null || status === 'received' ? status : 'queued',
    reason: null,
    quote: null,
    edited: message.edited_at !== null && !deleted,
    deleted,
    starred:
      star?.state === 'queued' && star.change.kind === 'star'
        ? star.change.starred && !deleted
        : message.starred,
    forwarded: deleted ? 0 : message.forwarded,
    reactions: deleted ? [] : reactions,
    myReaction,
    refused: Object.values(operations).find(({ state }) => state === 'failed') ?? null,
  };
}

function pendingBubble(entry: OutboxEntry, chat: Chat, selfId: string): Loose {
  return {
    type: 'message',
    key: entry.clientMsgId,
    id: null,
    clientMsgId: entry.clientMsgId,
    seq: entry.message?.seq ?? null,
    senderId: selfId,
    text: entry.text,
    mentions: entry.mentions ?? [],
    attachment: shownOfEntry(entry),
    preview: entry.preview ?? null,
    createdAt: entry.message?.created_at ?? entry.createdAt,
    status: statusOfEntry(chat, entry, selfId),
    reason: entry.reason,
    quote: null,
    edited: false,
    deleted: false,
    starred: false,
    forwarded: entry.forward?.hops ?? 0,
    reactions: [],
    myReaction: null,
    refused: null,
  };
}

/** What a message answers, from what is on this device. */
export function quoteOf(
  chat: Chat,
  messageId: string,
  shown?: Pick<Bubble, 'text' | 'mentions' | 'deleted'>,
): Quote {
  const message = messageOf(chat, messageId);
  if (!message) {
    const state = chat.history?.hasMore === false ? 'gone' : 'unknown';
    return { messageId, state, senderId: null, text: '', mentions: [], carried: null };
  }
  const { text, mentions, deleted } = shown ?? message;
  const state = deleted ? 'deleted' : 'shown';
  const carried = deleted ? null : message.attachment;
  const said = { text: deleted ? '' : text, mentions, carried };
  return { messageId, state, senderId: message.sender_id, ...said };
}

/**
 * Everything a chat's screen shows from top to bottom: messages, days, notices, the divider.
 *
 * What is shown never changes its height when older messages arrive, or the view would jump: while
 * there are older ones, the oldest message is not shown but says whether the next one begins a day
 * or a run, and notices before it wait for their neighbours.
 */
export function buildTimeline({
  chat,
  outbox,
  operations,
  selfId,
  dividers,
  past = null,
}: Sources): TimelineItem[] {
  const shown = past ?? chat.history;
  const messages = shown?.messages ?? [];
  const cut = shown?.hasMore === true && messages.length > 1;
  // What waits to be sent comes after the tail.
  const waitingToSend = past ? [] : outbox;
  const present = new Set(messages.map((message) => message.client_msg_id));
  const bubbles = [
    ...messages.flatMap((message) => {
      const status = statusOf(chat, message, selfId);
      return bubbleOf(message, status, selfId, operations[message.id]) ?? [];
    }),
    ...waitingToSend
      .filter((entry) => !present.has(entry.clientMsgId))
      .map((entry) => pendingBubble(entry, chat, selfId)),
  ];
  const byId = new Map(bubbles.map((bubble) => [bubble.id, bubble]));
  const answered = new Map<string, string>();
  for (const { client_msg_id, reply_to } of messages) {
    if (reply_to !== null) answered.set(client_msg_id, reply_to);
  }
  for (const { clientMsgId, replyTo } of waitingToSend) {
    if (replyTo !== undefined) answered.set(clientMsgId, replyTo);
  }
  for (const bubble of bubbles) {
    const messageId = answered.get(bubble.key);
    if (messageId !== undefined && !bubble.deleted) {
      bubble.quote = quoteOf(chat, messageId, byId.get(messageId));
    }
  }
  const waiting = dividers.map(({ after, upTo }) => {
    const unread = bubbles.filter(
      ({ seq, senderId }) => seq !== null && seq > after && seq <= upTo && senderId !== selfId,
    );
    return { key: DIVIDER_KEY + String(after), first: unread[0], count: unread.length };
  });

  const items: TimelineItem[] = [];
  if (shown && !shown.hasMore && (past || !chat.history?.stale)) {
    items.push({ type: 'beginning', key: 'beginning' });
  }
  const firstSeq = cut ? (messages[0]?.seq ?? 0) : 0;
  // Who came and went is read back from the end of the log, so of older messages it is not known.
  const notices = (past ? [] : (chat.history?.notices ?? [])).filter(
    (notice) => notice.afterSeq >= firstSeq,
  );
  const takeNotices = (beforeSeq: number) => {
    for (let next = notices[0]; next && next.afterSeq < beforeSeq; next = notices[0]) {
      items.push({ type: 'notice', key: `notice ${next.offset}`, notice: next });
      notices.shift();
    }
  };

  const days = new Set<number>();
  let previous: { senderId: string; at: number; day: number; colour: number } | undefined;
  for (const [index, bubble] of bubbles.entries()) {
    const at = Date.parse(bubble.createdAt);
    const day = dayKey(at);
    if (cut && index === 0) {
      previous = { senderId: bubble.senderId, at, day, colour: colourOf(bubble.senderId) };
      continue;
    }
    const before = items.length;
    takeNotices(bubble.seq ?? Number.POSITIVE_INFINITY);
    if (previous?.day !== day) {
      // By a clock that was wrong a day may come twice.
      const key = days.has(day) ? `day ${day} ${bubble.key}` : `day ${day}`;
      days.add(day);
      items.push({ type: 'day', key, at: bubble.createdAt });
    }
    for (const { key, first, count } of waiting) {
      if (bubble === first) items.push({ type: 'unread', key, count });
    }
    const continues: boolean =
      previous?.senderId === bubble.senderId &&
      items.length === before &&
      at - previous.at < RUN_MS;
    const colour: number =
      previous?.senderId === bubble.senderId
        ? previous.colour
        : colourBeside(bubble.senderId, previous?.colour ?? null);
    const above = items.at(-1);
    if (continues && above?.type === 'message') items.splice(-1, 1, { ...above, last: false });
    items.push({ ...bubble, first: !continues, last: true, colour });
    previous = { senderId: bubble.senderId, at, day, colour };
  }
  takeNotices(Number.POSITIVE_INFINITY);
  return items;
}
