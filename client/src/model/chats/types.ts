import type { ChatSettings, MemberState, Message, Pin, Role } from '@/api/types';

/** A place in a topic's log: everything up to `offset` of this `epoch` has been applied. */
export interface Position {
  epoch: string;
  offset: number;
}

export interface Watermarks {
  delivered_seq: number;
  read_seq: number;
}

/** Something that happened to the group, shown between messages: a role is one that was given. */
export interface Notice {
  offset: number;
  /** The message after which it is shown. */
  afterSeq: number;
  kind:
    'added' | 'removed' | Role | 'title' | 'description' | 'picture' | 'noPicture' | 'disappearing';
  /** Whom it is about; of what the group shows of itself, who has changed that. */
  userId: string;
  by: string;
  /** What the group is called since. */
  title?: string | undefined;
  /** For how many seconds messages are kept since; null: for ever. */
  seconds?: number | null | undefined;
}

/** Messages of a chat between which none is missing. */
export interface Stretch {
  /** Ascending by `seq`. */
  messages: Message[];
  /** There are older messages on the server. */
  hasMore: boolean;
}

/** The tail of the chat, as far back as this device has it. */
export interface History extends Stretch {
  notices: Notice[];
  /**
   * How far back the log was read for notices: none is missing after `offset`, and message `seq` is
   * the first one after it. Absent: it was not read yet.
   */
  noticed?: { offset: number; seq: number };
  /** The log moved on without this stretch: the newest page must be loaded before it grows again. */
  stale: boolean;
}

export interface Chat {
  id: string;
  kind: 'direct' | 'group';
  title: string | null;
  /** What a group says of itself, perhaps nothing. */
  description: string;
  /** A group's own; the picture of a direct chat is the other person's. */
  pictureId: string | null;
  /** Seconds for which messages are kept that are written now; null: for ever. */
  disappearS: number | null;
  /**
   * Who is in it, as far as it is known: of a large group a snapshot names few, and of one that the
   * user is asked back to, who asks.
   */
  memberIds: string[];
  memberCount: number;
  /** By user id, of those who are more than a member. */
  roles: Record<string, Role>;
  /** Whether the user has accepted the chat. */
  state: MemberState;
  /** The other person of the direct chat has not accepted it yet. */
  awaitsOther: boolean;
  /** The user has blocked the other person of the direct chat. */
  blocked: boolean;
  createdAt: string;
  /** As the server has them; what is still to be told stands among the operations. */
  settings: ChatSettings;
  /** The first message that the user reads: what is before is from before them, or cleared. */
  firstSeq: number;
  position: Position;
  lastMessage: Message | null;
  unreadCount: number;
  /** How many of these messages name the user. */
  unreadMentions: number;
  /** The user's own watermarks, as this device knows them. */
  own: Watermarks;
  /** The same as a core has told them: what is beyond was perhaps lost on its way there. */
  confirmed: Watermarks;
  /** By user id in a direct chat; in a group one entry, the minimum over everybody. */
  receipts: Record<string, Watermarks>;
  /** Null until messages were loaded: the chat was opened here, or is among those used last. */
  history: History | null;
  /**
   * What a reader looks at who went to an older message: messages are missing between it and the
   * tail. What is posted meanwhile goes to the tail. In memory only; null: the tail is looked at.
   */
  past: Stretch | null;
  /** Messages that stand above it, the one that was pinned last at the end; some may be over. */
  pins: Pin[];
  /** The offset of the last event that changed a message: a page from before it is of no use. */
  changedAt: number;
  /**
   * Ids of messages that the user has deleted for themselves, the last one at the end: an answer
   * that was under way meanwhile does not bring them back.
   */
  hidden: string[];
}

/** The key of a group's one receipt entry. */
export const EVERYBODY = '*';
