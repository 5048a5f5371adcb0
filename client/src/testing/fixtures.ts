import type { Attachment, ChatEvent, Conversation, Message, Role, User } from '@/api/types';

export const ADA: User = { id: 'ada', handle: 'ada', display_name: 'Ada Lovelace' };
export const BEN: User = { id: 'ben', handle: 'ben', display_name: 'Ben Franklin' };
export const CAT: User = { id: 'cat', handle: 'cat', display_name: 'Cat Stevens' };

export const EPOCH = 'epoch-1';

export function aMessage(over: Partial<Message> = {}): Message {
  const seq = over.seq ?? 1;
  return {
    id: `message-${seq}`,
    conversation_id: 'c1',
    seq,
    sender_id: BEN.id,
    client_msg_id: `client-${seq}`,
    text: `text ${seq}`,
    reply_to: null,
    mentions: [],
    forwarded: 0,
    created_at: new Date(Date.UTC(2026, 0, 5, 10, seq)).toISOString(),
    edited_at: null,
    deleted: false,
    reactions: [],
    my_reaction: null,
    starred: false,
    attachment: null,
    expires_at: null,
    preview: null,
    ...over,
  };
}

export function posted(over: Partial<Message> = {}): ChatEvent {
  return { type: 'message.posted', message: aMessage(over) };
}

/** A conversation's parts that a test cares for; who has no role is a plain member. */
export type ConversationParts = Partial<Omit<Conversation, 'members'>> & {
  members?: (User & { role?: Role })[];
};

/** A direct chat of Ada (the user) and Ben, accepted by both, in which nothing was written. */
export function aConversation({
  members = [ADA, BEN],
  ...over
}: ConversationParts = {}): Conversation {
  const id = over.id ?? 'c1';
  const people = members.map((member) => ({ role: 'member' as const, ...member }));
  return {
    id,
    kind: 'direct',
    title: null,
    members: people,
    member_count: people.length,
    role: people.find((member) => member.id === ADA.id)?.role ?? 'member',
    state: 'active',
    awaits_other: false,
    blocked: false,
    created_at: '2026-01-05T09:00:00.000000Z',
    last_message: null,
    pins: [],
    first_seq: 1,
    muted_until: null,
    archived: false,
    pinned_at: null,
    marked_unread: false,
    unread_count: 0,
    delivered_seq: 0,
    read_seq: 0,
    receipts: [ADA, BEN].map((user) => ({ user_id: user.id, delivered_seq: 0, read_seq: 0 })),
    draft: null,
    disappear_s: null,
    topic: { name: `chat:${id}`, epoch: EPOCH, offset: 1 },
    ...over,
  };
}

/** A small picture. */
export function anAttachment(over: Partial<Attachment> = {}): Attachment {
  return {
    id: 'file-1',
    kind: 'picture',
    name: 'sea.png',
    type: 'image/png',
    size: 10,
    width: 640,
    height: 480,
    blurhash: 'LEHV6nWB2yk8pyo0adR*.7kCMdnj',
    duration_ms: null,
    waveform: null,
    thumbnail: true,
    ...over,
  };
}
