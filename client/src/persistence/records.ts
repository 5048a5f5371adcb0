/** How the state's entities are stored, and whether a record that was read is one of them. */
import type { ChatSettings, Message, Pin, TopicPosition, User } from '@/api/types';
import {
  flag,
  list,
  named,
  number,
  oneOf,
  optional,
  orNull,
  shape,
  text,
  type Check,
} from '@/lib/check';
import { settingsOf } from '@/model/chats/settings';
import type { Chat, History } from '@/model/chats/types';
import type { Draft } from '@/model/drafts';
import type { Operation } from '@/model/operations';
import type { OutboxEntry } from '@/model/outbox';
import type { LeftWork } from '@/model/session';
import type { SettingsState } from '@/model/settings';

/** What a chat keeps on the device; older messages come from the server. */
const MESSAGES_KEPT = 100;

/** A stretch of messages by its ends; the messages are records of their own. */
export interface StoredHistory extends Omit<History, 'messages'> {
  /** Zero, like `lastSeq`, when the chat has no messages. */
  firstSeq: number;
  lastSeq: number;
  /**
   * The messages, ascending: their numbers have gaps where the user has deleted some. Version 3 did
   * not name them.
   */
  ids?: string[] | undefined;
}

export interface StoredChat extends Omit<
  Chat,
  | 'history'
  | 'past'
  | 'memberCount'
  | 'changedAt'
  | 'hidden'
  | 'pins'
  | 'settings'
  | 'firstSeq'
  | 'unreadMentions'
  | 'description'
  | 'pictureId'
  | 'disappearS'
> {
  history: StoredHistory | null;
  /** What is loaded around an older message is of one visit: only the tail is kept. */
  past?: null;
  description?: string;
  pictureId?: string | null;
  disappearS?: number | null;
  memberCount?: number;
  changedAt?: number;
  pins?: Pin[];
  hidden?: string[];
  settings?: ChatSettings;
  firstSeq?: number;
  unreadMentions?: number;
}

/** Whose data a user's database holds. */
export interface Owner {
  user: User;
  sessionId: string;
  /** The session ended against the user's will: only what they wrote is kept. */
  ended: boolean;
}

const user = shape({
  id: text,
  handle: text,
  display_name: text,
  picture_id: optional(orNull(text)),
});
const messageFieldsOfVersion1 = {
  id: text,
  conversation_id: text,
  seq: number,
  sender_id: text,
  client_msg_id: text,
  text,
  created_at: text,
};
const messageOfVersion1 = shape(messageFieldsOfVersion1);
const reaction = shape({ emoji: text, count: number, user_ids: optional(orNull(list(text))) });
const pin = shape({ message_id: text, by: text, until: text });
const attachmentKind = oneOf('picture', 'video', 'audio', 'voice', 'file');
const attachment = shape({
  id: text,
  kind: attachmentKind,
  name: text,
  type: text,
  size: number,
  width: orNull(number),
  height: orNull(number),
  blurhash: orNull(text),
  duration_ms: orNull(number),
  waveform: orNull(list(number)),
  thumbnail: flag,
});
const preview = shape({
  id: text,
  url: text,
  title: text,
  description: text,
  site_name: text,
  image: orNull(shape({ width: number, height: number })),
});
const message = shape({
  ...messageFieldsOfVersion1,
  reply_to: orNull(text),
  mentions: list(text),
  forwarded: number,
  edited_at: orNull(text),
  deleted: flag,
  reactions: list(reaction),
  my_reaction: orNull(text),
  attachment: orNull(attachment),
  expires_at: optional(orNull(text)),
  preview: optional(orNull(preview)),
});
const settings = shape({
  archived: flag,
  marked_unread: flag,
  muted_until: orNull(text),
  pinned_at: orNull(text),
});
const marks = shape({ delivered_seq: number, read_seq: number });
const role = oneOf('member', 'admin', 'owner');
const chatFieldsOfVersion1 = {
  id: text,
  kind: oneOf('direct', 'group'),
  title: orNull(text),
  memberIds: list(text),
  createdAt: text,
  position: shape({ epoch: text, offset: number }),
  lastMessage: orNull(messageOfVersion1),
  unreadCount: number,
  own: marks,
  receipts: named(marks),
};
const chatFields = {
  ...chatFieldsOfVersion1,
  lastMessage: orNull(message),
  description: optional(text),
  pictureId: optional(orNull(text)),
  disappearS: optional(orNull(number)),
  memberCount: optional(number),
  changedAt: optional(number),
  hidden: optional(list(text)),
  pins: optional(list(pin)),
  settings: optional(settings),
  firstSeq: optional(number),
  unreadMentions: optional(number),
  roles: named(role),
  state: oneOf('active', 'contacted', 'requested'),
  awaitsOther: flag,
  blocked: flag,
  confirmed: marks,
};
const historyFields = {
  notices: list(
    shape({
      offset: number,
      afterSeq: number,
      kind: oneOf(
        'added',
        'removed',
        'member',
        'admin',
        'owner',
        'title',
        'description',
        'picture',
        'noPicture',
        'disappearing',
      ),
      userId: text,
      by: text,
      title: optional(text),
      seconds: optional(orNull(number)),
    }),
  ),
  noticed: optional(shape({ offset: number, seq: number })),
  hasMore: flag,
  stale: flag,
};
const entryFieldsOfVersion1 = {
  clientMsgId: text,
  conversationId: text,
  text,
  createdAt: text,
  state: oneOf('queued', 'failed', 'accepted'),
  reason: orNull(text),
  message: orNull(messageOfVersion1),
};
const entryFields = {
  ...entryFieldsOfVersion1,
  message: orNull(message),
  replyTo: optional(text),
  mentions: optional(list(text)),
  file: optional(
    shape({
      name: text,
      size: number,
      type: text,
      kind: attachmentKind,
      width: orNull(number),
      height: orNull(number),
      voice: optional(shape({ duration_ms: number, waveform: list(number) })),
      kept: flag,
      uploadId: orNull(text),
      attachment: orNull(attachment),
    }),
  ),
  forward: optional(
    shape({ messageId: text, hops: number, attachment: optional(orNull(attachment)) }),
  ),
  preview: optional(preview),
};
const anEdit = shape({ kind: oneOf('edit'), text, mentions: optional(list(text)) });
const aDeletion = shape({ kind: oneOf('delete', 'hide', 'unpin') });
const aReaction = shape({ kind: oneOf('react'), emoji: orNull(text) });
const aStar = shape({ kind: oneOf('star'), starred: flag });
const aPin = shape({ kind: oneOf('pin'), forS: number });
const change: Check<unknown> = (value, path) => {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : null;
  const checks: Record<string, Check<unknown>> = {
    edit: anEdit,
    react: aReaction,
    pin: aPin,
    star: aStar,
    mute: shape({ kind: oneOf('mute'), until: orNull(text) }),
    archive: shape({ kind: oneOf('archive'), archived: flag }),
    pinChat: shape({ kind: oneOf('pinChat'), pinnedAt: orNull(text) }),
    markUnread: shape({ kind: oneOf('markUnread'), unread: flag }),
    clear: shape({ kind: oneOf('clear'), upToSeq: number }),
  };
  return (checks[String(kind)] ?? aDeletion)(value, path);
};

/**
 * A record is handed on as it was stored, with fields that its check does not name, or, if it is
 * something else, not at all.
 */
export type Reader<T> = (record: unknown) => T | null;

function reader<T>(check: Check<unknown>): Reader<T> {
  return (record) => {
    try {
      check(record, '');
      return record as T;
    } catch {
      return null;
    }
  };
}

export const readUser = reader<User>(user);
export const readMessage = reader<Message>(message);
export const readChat = reader<StoredChat>(
  shape({
    ...chatFields,
    history: orNull(
      shape({ ...historyFields, firstSeq: number, lastSeq: number, ids: optional(list(text)) }),
    ),
  }),
);
export const readDraft = reader<Draft>(
  shape({
    conversationId: text,
    text,
    editedAt: number,
    replyTo: optional(text),
    edit: optional(shape({ messageId: text, text })),
    voice: optional(
      shape({
        id: text,
        type: text,
        size: number,
        kept: flag,
        duration_ms: number,
        waveform: list(number),
      }),
    ),
    kept: optional(flag),
    elsewhere: optional(flag),
    base: optional(shape({ text, replyTo: optional(text) })),
  }),
);
export const readOperation = reader<Operation>(
  shape({
    opId: text,
    senderId: text,
    conversationId: text,
    messageId: text,
    change,
    state: oneOf('queued', 'failed'),
    reason: orNull(text),
  }),
);
export const readEntry = reader<OutboxEntry>(shape({ ...entryFields, senderId: text }));
export const readTopic = reader<TopicPosition>(shape({ name: text, epoch: text, offset: number }));
export const readOwner = reader<Owner>(shape({ user, sessionId: text, ended: flag }));
export const readSettings = reader<Partial<SettingsState>>(
  shape({
    theme: optional(oneOf('system', 'light', 'dark')),
    language: optional(oneOf('browser', 'en', 'de', 'es', 'ar')),
  }),
);
export const readLeftWork = reader<LeftWork>(
  shape({ user, messages: number, drafts: number, kept: flag }),
);

type Standing = Pick<Chat, 'roles' | 'state' | 'awaitsOther' | 'blocked'>;

/** Versions 1 and 2 knew no roles, requests and blocks; the next snapshot of a chat tells them. */
export const STANDING_OF_VERSION_2: Standing = {
  roles: {},
  state: 'active',
  awaitsOther: false,
  blocked: false,
};

/** Version 1 kept the messages inside their chat, and its outbox named no sender. */
export const readChatOfVersion1 = reader<
  Omit<StoredChat, 'history' | 'confirmed' | keyof Standing> & Pick<Chat, 'history'>
>(
  shape({
    ...chatFieldsOfVersion1,
    history: orNull(shape({ ...historyFields, messages: list(messageOfVersion1) })),
  }),
);
export const readEntryOfVersion1 = reader<Omit<OutboxEntry, 'senderId'>>(
  shape(entryFieldsOfVersion1),
);

/** The messages of a chat that are kept, ascending. */
export function keptMessages({ history }: Pick<Chat, 'history'>): Message[] {
  return history?.messages.slice(-MESSAGES_KEPT) ?? [];
}

export function storedChat(chat: Chat): StoredChat {
  const { history } = chat;
  if (!history) return { ...chat, past: null, history: null };
  const kept = keptMessages(chat);
  const { messages, ...rest } = history;
  const firstSeq = kept[0]?.seq ?? 0;
  const shortened = kept.length < messages.length;
  return {
    ...chat,
    past: null,
    history: {
      ...rest,
      notices: shortened
        ? rest.notices.filter((notice) => notice.afterSeq >= firstSeq)
        : rest.notices,
      hasMore: rest.hasMore || shortened,
      firstSeq,
      lastSeq: kept.at(-1)?.seq ?? 0,
      ids: kept.map(({ id }) => id),
    },
  };
}

/**
 * Puts a chat together with its messages, ascending. Where one was lost, what is above the hole
 * goes, and a lost end makes the stretch stale: no hole is ever shown.
 */
export function restoredChat(stored: StoredChat, messages: Message[]): Chat {
  // Before there were pages of members a chat named all of them.
  const { memberCount = stored.memberIds.length, changedAt = 0, hidden = [], pins = [] } = stored;
  const { settings = settingsOf({}), firstSeq = 1, unreadMentions = 0 } = stored;
  const { description = '', pictureId = null, disappearS = null } = stored;
  const info = { description, pictureId, disappearS };
  const counted = { memberCount, unreadMentions };
  const known = { ...info, ...counted, changedAt, hidden, pins, settings, firstSeq };
  const chat = { ...stored, ...known, past: null };
  if (!stored.history) return { ...chat, history: null };
  const { firstSeq: oldestSeq, lastSeq, ids, ...rest } = stored.history;
  const within = messages.filter(({ seq }) => seq >= oldestSeq && seq <= lastSeq);
  const whole = ids ? lastRun(within, ids) : withoutHole(within);
  const history: History = {
    ...rest,
    messages: whole,
    hasMore: rest.hasMore || (whole[0]?.seq ?? 0) !== oldestSeq,
    stale: rest.stale || (whole.at(-1)?.seq ?? 0) !== lastSeq,
  };
  return { ...chat, history };
}

/** The last messages of which none is missing between two. */
function lastRun(messages: Message[], ids: string[]): Message[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const present = ids.slice(0, ids.findLastIndex((id) => byId.has(id)) + 1);
  const lost = present.findLastIndex((id) => !byId.has(id));
  return present.slice(lost + 1).flatMap((id) => byId.get(id) ?? []);
}

function withoutHole(messages: Message[]): Message[] {
  const hole = messages.findLastIndex(
    ({ seq }, at) => seq !== (messages[at - 1]?.seq ?? seq - 1) + 1,
  );
  return messages.slice(Math.max(hole, 0));
}
