import type { ChatEvent, ChatSettings, Draft, Receipt } from './types';

/** Events of `chat:{id}` without an offset: never stored, never replayed. */
export type EphemeralChatEvent =
  | { type: 'receipts.moved'; receipts: Receipt[] }
  | { type: 'typing'; user_id: string }
  | { type: 'presence'; user_id: string; online: boolean };

/** Logged events of `user:{id}`. */
export type UserEvent =
  | { type: 'chat.added'; conversation_id: string }
  | { type: 'chat.removed'; conversation_id: string }
  | { type: 'read.moved'; conversation_id: string; read_seq: number }
  | { type: 'message.hidden'; conversation_id: string; message_id: string }
  | { type: 'reaction.mine'; conversation_id: string; message_id: string; emoji: string | null }
  | { type: 'message.starred'; conversation_id: string; message_id: string; starred: boolean }
  | ({ type: 'chat.settings_changed'; conversation_id: string } & ChatSettings)
  | { type: 'chat.cleared'; conversation_id: string; first_seq: number }
  | ({ type: 'draft.changed'; conversation_id: string } & Draft)
  | { type: 'block.changed'; user_id: string; blocked: boolean }
  /** The user themselves, or somebody with whom they have a direct chat. */
  | {
      type: 'user.changed';
      user_id: string;
      display_name: string;
      picture_id: string | null;
      about?: string;
    };

/** What the server-side channel `feed` carries: an event of a chat that is not subscribed. */
export type FeedItem =
  | { topic: string; epoch: string; offset: number; event: ChatEvent }
  | { topic: string; event: EphemeralChatEvent };

/** The feed has carried some of the user's chats, and carries all of them from now on. */
export interface FeedComplete {
  topic: 'feed';
  event: { type: 'feed.complete' };
}

export function isFeedComplete(item: FeedItem | FeedComplete): item is FeedComplete {
  return item.topic === 'feed' && item.event.type === 'feed.complete';
}

/** The state behind the ephemeral events, told when a chat is subscribed. */
export interface ChatSubscriptionData {
  receipts: Receipt[];
  online: string[] | null;
}

const EPHEMERAL: ReadonlySet<string> = new Set(['receipts.moved', 'typing', 'presence']);

export function isEphemeral(event: ChatEvent | EphemeralChatEvent): event is EphemeralChatEvent {
  return EPHEMERAL.has(event.type);
}

/** What two people may hear of each other changed, marks included: the snapshot tells what it is now. */
export function changesContact(event: ChatEvent): boolean {
  return event.type === 'contact.changed' || event.type === 'request.accepted';
}

const CHAT_PREFIX = 'chat:';
const USER_PREFIX = 'user:';

export function chatTopic(conversationId: string): string {
  return CHAT_PREFIX + conversationId;
}

/** The log of what concerns one user alone, on all of their devices. */
export function isUserTopic(topic: string): boolean {
  return topic.startsWith(USER_PREFIX);
}

/** The conversation a topic belongs to, or null if it is another kind of topic. */
export function conversationOfTopic(topic: string): string | null {
  return topic.startsWith(CHAT_PREFIX) ? topic.slice(CHAT_PREFIX.length) : null;
}
