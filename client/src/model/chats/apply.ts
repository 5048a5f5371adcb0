/**
 * How a chat changes: by events in the order of its log, by snapshots and by watermarks; pages of
 * messages are taken in by `stretches.ts`. Pure functions on a chat (in a reducer: on its draft); every route an event can take
 * (subscription, feed, changes) ends here, so that each is applied once and in order.
 */
import type {
  ChatEvent,
  Conversation,
  LoggedChange,
  Member,
  Message,
  Pin,
  Receipt,
  Role,
} from '@/api/types';
import {
  EVERYBODY,
  type Chat,
  type History,
  type Notice,
  type Position,
  type Watermarks,
} from './types';
import { countingMentions, isUnreadMention, mentionsLeft } from './mentions';
import { dropExpired } from './hiding';
import { completed, edited, tombstone } from './message';
import { pinned, unpinned } from './pins';
import { reacted } from './reactions';
import { firstSeqOf, settingsOf } from './settings';
import { plain } from './stretches';

/** More notices than fit between the messages that are kept are of no use. */
const NOTICES_KEPT = 100;

export type Verdict = 'apply' | 'drop' | 'gap' | 'reload';

/** The one rule for an event at `incoming` when everything up to `known` has been applied. */
export function judge(known: Position, incoming: Position): Verdict {
  if (incoming.epoch !== known.epoch) return 'reload';
  if (incoming.offset <= known.offset) return 'drop';
  return incoming.offset === known.offset + 1 ? 'apply' : 'gap';
}

/** Applies the event if it is the next one and says what the rule decided. */
export function applyLogged(chat: Chat, at: Position, event: ChatEvent, selfId: string): Verdict {
  const verdict = judge(chat.position, at);
  if (verdict === 'apply') {
    applyEvent(chat, at.offset, event, selfId);
    chat.position = at;
  }
  return verdict;
}

function applyEvent(chat: Chat, offset: number, event: ChatEvent, selfId: string): void {
  switch (event.type) {
    case 'message.posted':
      applyMessage(chat, completed(event.message), selfId);
      break;
    case 'message.edited':
      countingMentions(chat, event.message_id, selfId, () =>
        changeMessage(chat, event.message_id, (message) => edited(message, event)),
      );
      chat.changedAt = offset;
      break;
    case 'message.deleted':
      countingMentions(chat, event.message_id, selfId, () =>
        changeMessage(chat, event.message_id, tombstone),
      );
      chat.pins = unpinned(chat.pins, event.message_id);
      chat.changedAt = offset;
      break;
    case 'message.expired':
      dropExpired(chat, event.message_id, selfId);
      chat.changedAt = offset;
      break;
    case 'message.reacted':
      changeMessage(chat, event.message_id, (message) =>
        reacted(message, event.reactions, { selfId, memberCount: chat.memberCount }),
      );
      chat.changedAt = offset;
      break;
    case 'message.pinned': {
      const { message_id, by, until } = event;
      chat.pins = pinned(chat.pins, { message_id, by, until });
      break;
    }
    case 'message.unpinned':
      chat.pins = unpinned(chat.pins, event.message_id);
      break;
    case 'conversation.changed': {
      const { title, description, picture_id, disappear_s } = event;
      chat.title = title ?? chat.title;
      chat.description = description ?? chat.description;
      if (picture_id !== undefined) chat.pictureId = picture_id;
      if (disappear_s !== undefined) chat.disappearS = disappear_s;
      break;
    }
    case 'member.added':
      // Who is known already was counted: the list of members may be read ahead of the log.
      if (!chat.memberIds.includes(event.user.id)) {
        chat.memberIds.push(event.user.id);
        chat.memberCount += 1;
      }
      giveRole(chat, event.user.id, 'member');
      break;
    case 'member.removed':
      // Who is not in a list of all was not counted any more.
      if (chat.memberIds.includes(event.user_id) || chat.memberIds.length < chat.memberCount) {
        chat.memberIds = chat.memberIds.filter((id) => id !== event.user_id);
        chat.memberCount -= 1;
      }
      giveRole(chat, event.user_id, 'member');
      break;
    case 'member.role_changed':
      giveRole(chat, event.user_id, event.role);
      break;
    case 'request.accepted':
      if (event.user_id === selfId) chat.state = 'active';
      else chat.awaitsOther = false;
      break;
    // What the people of a direct chat are to each other is in its snapshot.
    case 'contact.changed':
    case 'conversation.created':
      break;
  }
  const notice = noticeOf({ offset, event }, lastSeqOf(chat));
  if (chat.history && notice) addNotices(chat.history, [notice]);
}

function giveRole(chat: Chat, userId: string, role: Role): void {
  if (role !== 'member') chat.roles[userId] = role;
  else if (userId in chat.roles)
    chat.roles = Object.fromEntries(Object.entries(chat.roles).filter(([id]) => id !== userId));
}

/** Changes a message wherever the chat has it; one that is not on this device changes nothing. */
export function changeMessage(
  chat: Chat,
  messageId: string,
  change: (message: Message) => Message,
): void {
  if (chat.lastMessage?.id === messageId) chat.lastMessage = change(chat.lastMessage);
  for (const stretch of [chat.history, chat.past]) {
    if (!stretch) continue;
    const at = plain(stretch.messages).findLastIndex(({ id }) => id === messageId);
    const message = stretch.messages[at];
    if (message) stretch.messages[at] = change(message);
  }
}

function applyMessage(chat: Chat, message: Message, selfId: string): void {
  // The log still brings what the user has cleared.
  if (message.seq < chat.firstSeq || chat.hidden.includes(message.id)) return;
  // A snapshot is read after its position, so it may already contain what an event now brings.
  if (message.seq > lastSeqOf(chat)) {
    chat.lastMessage = message;
    if (message.sender_id === selfId) {
      // Whoever writes, on whatever device, has seen what is above: the server says so, too.
      chat.own.delivered_seq = Math.max(chat.own.delivered_seq, message.seq);
      confirm(chat, { delivered_seq: message.seq, read_seq: 0 });
      moveRead(chat, message.seq, selfId);
    } else if (message.seq > chat.own.read_seq) {
      chat.unreadCount += 1;
      if (isUnreadMention(chat, message, selfId)) chat.unreadMentions += 1;
    }
  }
  if (chat.history && !chat.history.stale) insertMessage(chat.history, message);
}

/** What an event says of who came, went or got another role; null where it says nothing of it. */
function noticeOf({ offset, event }: LoggedChange, afterSeq: number): Notice | null {
  switch (event.type) {
    case 'member.added':
      return { offset, afterSeq, kind: 'added', userId: event.user.id, by: event.by };
    case 'member.removed':
      return { offset, afterSeq, kind: 'removed', userId: event.user_id, by: event.by };
    case 'member.role_changed':
      // Who hands a group over becomes an admin; that somebody else owns it now says both.
      if (event.user_id === event.by) return null;
      return { offset, afterSeq, kind: event.role, userId: event.user_id, by: event.by };
    case 'conversation.changed': {
      const { by, title, picture_id, disappear_s: seconds } = event;
      const at = { offset, afterSeq, userId: by, by };
      if (title !== undefined) return { ...at, kind: 'title', title };
      if (seconds !== undefined) return { ...at, kind: 'disappearing', seconds };
      if (picture_id !== undefined) {
        return { ...at, kind: picture_id === null ? 'noPicture' : 'picture' };
      }
      return { ...at, kind: 'description' };
    }
    default:
      return null;
  }
}

/** Takes notices in, in the order of the log; one that is known already counts once. */
function addNotices(history: History, notices: Notice[]): void {
  if (notices.length === 0) return;
  const byOffset = new Map(
    [...history.notices, ...notices].map((notice) => [notice.offset, notice]),
  );
  const all = [...byOffset.values()].sort((a, b) => a.offset - b.offset);
  history.notices = all.slice(-NOTICES_KEPT);
}

function noticedOf(chat: Chat): { offset: number; seq: number } {
  return chat.history?.noticed ?? { offset: chat.position.offset, seq: lastSeqOf(chat) + 1 };
}

/**
 * Where the log of a group must be read on, towards its beginning, so that everybody who came and
 * went since the first message here is known; null where nothing is missing.
 */
export function noticesWanted(chat: Chat): Position | null {
  const { history, kind, position, disappearS } = chat;
  // Of a chat of two the log tells that its messages disappear, and nothing else.
  if ((kind !== 'group' && disappearS === null) || !history || history.stale) return null;
  const { offset, seq } = noticedOf(chat);
  const firstSeq = history.messages[0]?.seq ?? 0;
  const covered = history.noticed !== undefined && history.hasMore && seq <= firstSeq;
  return offset === 0 || covered ? null : { epoch: position.epoch, offset };
}

/**
 * Takes in the part of the log that ends at `upTo`, ascending. An empty one means that the log, as
 * far as the user may read it, begins there.
 */
export function mergeNotices(chat: Chat, upTo: Position, changes: LoggedChange[]): void {
  const { history } = chat;
  const before = noticedOf(chat);
  if (!history || upTo.epoch !== chat.position.epoch || upTo.offset !== before.offset) return;
  const seqs = changes.flatMap(({ event }) =>
    event.type === 'message.posted' ? [event.message.seq] : [],
  );
  const firstSeq = seqs[0] ?? before.seq;
  let afterSeq = firstSeq - 1;
  const notices: Notice[] = [];
  for (const change of changes) {
    if (change.event.type === 'message.posted') afterSeq = change.event.message.seq;
    const notice = noticeOf(change, afterSeq);
    if (notice) notices.push(notice);
  }
  addNotices(history, notices);
  history.noticed = { offset: (changes[0]?.offset ?? 1) - 1, seq: firstSeq };
}

function insertMessage(history: History, message: Message): void {
  const { messages } = history;
  const first = messages[0];
  if (first && message.seq < first.seq && history.hasMore) return;
  let index = messages.length;
  while (index > 0 && (messages[index - 1]?.seq ?? 0) > message.seq) index -= 1;
  if (messages[index - 1]?.seq !== message.seq) messages.splice(index, 0, message);
}

export function lastSeqOf(chat: Chat): number {
  return chat.lastMessage?.seq ?? 0;
}

/** A chat as the server describes it. */
export function chatFromSnapshot(snapshot: Conversation, history: History | null = null): Chat {
  const { topic, delivered_seq, read_seq } = snapshot;
  return {
    id: snapshot.id,
    kind: snapshot.kind,
    ...infoOf(snapshot),
    memberIds: snapshot.members.map((member) => member.id),
    memberCount: snapshot.member_count,
    roles: rolesOf(snapshot.members),
    ...standingOf(snapshot),
    createdAt: snapshot.created_at,
    settings: settingsOf(snapshot),
    firstSeq: firstSeqOf(snapshot),
    position: { epoch: topic.epoch, offset: topic.offset },
    lastMessage: snapshot.last_message && completed(snapshot.last_message),
    unreadCount: snapshot.unread_count,
    unreadMentions: mentionsOf(snapshot),
    own: { delivered_seq, read_seq },
    confirmed: { delivered_seq, read_seq },
    receipts: receiptMap(snapshot.receipts),
    history,
    past: null,
    pins: pinsOf(snapshot),
    changedAt: 0,
    hidden: [],
  };
}

/** The roles of those who are more than a member. */
export function rolesOf(members: Member[]): Record<string, Role> {
  const above = members.filter(({ role }) => role !== 'member');
  return Object.fromEntries(above.map(({ id, role }) => [id, role]));
}

/** How many unread messages name the user; a core of version 0.3.0 does not tell it. */
function mentionsOf({ unread_mentions = 0 }: Pick<Conversation, 'unread_mentions'>): number {
  return unread_mentions;
}

/** What stands above it; a core of version 0.2 tells of nothing. */
function pinsOf({ pins = [] }: Partial<Pick<Conversation, 'pins'>>): Pin[] {
  return pins;
}

/** What a group shows of itself; a core of version 0.3 tells of neither text nor picture. */
function infoOf(
  snapshot: Conversation,
): Pick<Chat, 'title' | 'description' | 'pictureId' | 'disappearS'> {
  const { title, description = '', picture_id: pictureId = null } = snapshot;
  const { disappear_s: disappearS = null } = snapshot;
  return { title, description, pictureId, disappearS };
}

/** What the user, and the other person of a direct chat, are to it. */
function standingOf(snapshot: Conversation): Pick<Chat, 'state' | 'awaitsOther' | 'blocked'> {
  return {
    state: snapshot.state,
    awaitsOther: snapshot.awaits_other,
    blocked: snapshot.blocked,
  };
}

function receiptMap(receipts: Receipt[]): Record<string, Watermarks> {
  return Object.fromEntries(
    receipts.map(({ user_id, delivered_seq, read_seq }) => [
      user_id ?? EVERYBODY,
      { delivered_seq, read_seq },
    ]),
  );
}

/**
 * What becomes of a chat when a snapshot arrives. One that is ahead replaces the chat only when
 * no stretch of messages would be torn (`replace` says to tear it: the log cannot be read on);
 * otherwise the missing events are loaded as changes and only the watermarks are taken. So it is
 * with one that is older than what was heard since it was asked for.
 */
export function mergeSnapshot(
  chat: Chat | undefined,
  snapshot: Conversation,
  selfId: string,
  replace = false,
): Chat {
  if (chat?.position.epoch !== snapshot.topic.epoch) return chatFromSnapshot(snapshot);
  chat.settings = settingsOf(snapshot);
  clearUpTo(chat, firstSeqOf(snapshot));
  const ahead = snapshot.topic.offset - chat.position.offset;
  const local = chat.own.read_seq;

  if (ahead > 0 && (replace || !chat.history)) {
    const history = chat.history && torn(chat.history);
    const merged = chatFromSnapshot(snapshot, history);
    // What the events that were passed over have changed is not known.
    merged.changedAt = snapshot.topic.offset;
    merged.hidden = chat.hidden;
    moveReceipts(merged, chatReceipts(chat));
    merged.own.delivered_seq = Math.max(merged.own.delivered_seq, chat.own.delivered_seq);
    confirm(merged, chat.confirmed);
    moveRead(merged, local, selfId);
    // Cleared here, which the server does not know yet.
    clearUpTo(merged, chat.firstSeq);
    return merged;
  }
  // Events that are still to come say the same again; an older snapshot knows less than they did.
  if (ahead >= 0) {
    Object.assign(chat, standingOf(snapshot), infoOf(snapshot));
    chat.pins = pinsOf(snapshot);
    for (const { id, role } of snapshot.members) giveRole(chat, id, role);
  }
  if (ahead === 0) takeLastMessage(chat, snapshot.last_message);
  confirm(chat, snapshot);
  moveReceipts(chat, snapshot.receipts);
  chat.own.delivered_seq = Math.max(chat.own.delivered_seq, snapshot.delivered_seq);
  if (ahead === 0 && lastSeqOf(chat) === (snapshot.last_message?.seq ?? 0)) {
    // Both describe the same moment: the server's count heals one that went wrong here.
    chat.own.read_seq = snapshot.read_seq;
    chat.unreadCount = snapshot.unread_count;
    chat.unreadMentions = mentionsOf(snapshot);
    moveRead(chat, local, selfId);
  } else {
    moveRead(chat, snapshot.read_seq, selfId);
  }
  if (chat.lastMessage) forgetCleared(chat);
  return chat;
}

/** Takes away the messages before `firstSeq`, which the user has cleared here or on another device. */
export function clearUpTo(chat: Chat, firstSeq: number): void {
  if (firstSeq <= chat.firstSeq) return;
  chat.firstSeq = firstSeq;
  if (chat.history) {
    const { messages, notices, hasMore } = chat.history;
    const oldest = messages[0]?.seq ?? lastSeqOf(chat);
    chat.history.messages = messages.filter(({ seq }) => seq >= firstSeq);
    chat.history.notices = notices.filter(({ afterSeq }) => afterSeq >= firstSeq);
    chat.history.hasMore = hasMore && oldest > firstSeq;
  }
  if (chat.past) {
    const messages = chat.past.messages.filter(({ seq }) => seq >= firstSeq);
    const hasMore = chat.past.hasMore && messages.length === chat.past.messages.length;
    chat.past = messages.length > 0 ? { messages, hasMore } : null;
  }
  forgetCleared(chat);
}

/** A chat whose newest message was cleared has none to tell of, and none that waits to be read. */
function forgetCleared(chat: Chat): void {
  if ((chat.lastMessage?.seq ?? 0) >= chat.firstSeq) return;
  chat.lastMessage = null;
  chat.unreadCount = 0;
  chat.unreadMentions = 0;
}

/** The server has not cleared the chat after all: everything is loaded as it has it. */
export function unclear(chat: Chat): void {
  chat.firstSeq = 0;
  chat.history = null;
  chat.past = null;
}

/** Both describe the same moment, but the user may have deleted the last message for themselves. */
function takeLastMessage(chat: Chat, last: Message | null): void {
  // What is beyond is told by an event that is still to come.
  if (last && (last.seq > lastSeqOf(chat) || chat.hidden.includes(last.id))) {
    if (chat.lastMessage) return;
  }
  chat.lastMessage = last && completed(last);
}

/** The stretch as it is when the log went on without it: readable, and never to be grown as it is. */
function torn({ messages, notices, hasMore }: History): History {
  return { messages, notices, hasMore, stale: true };
}

/** A core has said how far the user's own watermarks are. */
export function confirm(chat: Chat, { delivered_seq, read_seq }: Watermarks): void {
  chat.confirmed = {
    delivered_seq: Math.max(chat.confirmed.delivered_seq, delivered_seq),
    read_seq: Math.max(chat.confirmed.read_seq, read_seq),
  };
}

/** Whether there is a watermark that no core has confirmed. */
export function hasUnconfirmed({ own, confirmed }: Chat): boolean {
  return own.delivered_seq > confirmed.delivered_seq || own.read_seq > confirmed.read_seq;
}

function chatReceipts(chat: Chat): Receipt[] {
  return Object.entries(chat.receipts).map(([key, marks]) => ({
    user_id: key === EVERYBODY ? null : key,
    ...marks,
  }));
}

/** Watermarks only rise: an older report that arrives late changes nothing. */
export function moveReceipts(chat: Chat, receipts: Receipt[]): void {
  for (const { user_id, delivered_seq, read_seq } of receipts) {
    const key = user_id ?? EVERYBODY;
    const known = chat.receipts[key];
    chat.receipts[key] = {
      delivered_seq: Math.max(known?.delivered_seq ?? 0, delivered_seq),
      read_seq: Math.max(known?.read_seq ?? 0, read_seq),
    };
  }
}

/** The user has read up to `seq`, here or on another device. */
export function moveRead(chat: Chat, seq: number, selfId: string): void {
  if (seq <= chat.own.read_seq) return;
  chat.own.read_seq = seq;
  const unread = unreadOf(chat, selfId);
  chat.unreadCount =
    unread?.length ?? Math.min(chat.unreadCount, Math.max(0, lastSeqOf(chat) - seq));
  chat.unreadMentions = mentionsLeft(chat, unread, selfId);
}

/** The messages by others behind the user's mark; null where some are not on this device. */
function unreadOf({ history, own: { read_seq } }: Chat, selfId: string): Message[] | null {
  const messages = history?.messages ?? [];
  if (history?.stale !== false || !messages[0] || messages[0].seq > read_seq + 1) return null;
  const firstUnread = messages.findLastIndex((message) => message.seq <= read_seq) + 1;
  return messages.slice(firstUnread).filter((message) => message.sender_id !== selfId);
}
