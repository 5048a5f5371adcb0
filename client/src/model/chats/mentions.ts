/** How many unread messages name the user. The server counts them; events move the count on. */
import type { ChatEvent, Message } from '@/api/types';
import { messageOf } from './stretches';
import type { Chat } from './types';

/** The message wherever this device has it. */
const knownMessage = (chat: Chat, id: string): Message | undefined =>
  messageOf(chat, id) ?? (chat.lastMessage?.id === id ? chat.lastMessage : undefined);

export function isUnreadMention(chat: Chat, message: Message, selfId: string): boolean {
  const { sender_id: senderId, seq, mentions } = message;
  return senderId !== selfId && seq > chat.own.read_seq && mentions.includes(selfId);
}

/** Those that are on this device, the oldest first. */
export function knownMentions(chat: Chat, selfId: string): Message[] {
  const known = chat.history?.messages ?? [];
  return known.filter((message) => isUnreadMention(chat, message, selfId));
}

/** Does something to a message, and counts whether it named the user before and afterwards. */
export function countingMentions(
  chat: Chat,
  messageId: string,
  selfId: string,
  change: () => void,
): void {
  const counted = () => {
    const message = knownMessage(chat, messageId);
    return message !== undefined && isUnreadMention(chat, message, selfId) ? 1 : 0;
  };
  const before = counted();
  change();
  chat.unreadMentions = Math.max(0, chat.unreadMentions + counted() - before);
}

/**
 * Whether an event that was applied leaves it open how many unread messages name the user: it changes
 * one that is not on this device. The snapshot tells it then.
 */
export function leavesMentionsOpen(chat: Chat, event: ChatEvent, selfId: string): boolean {
  if (event.type !== 'message.edited' && event.type !== 'message.deleted') return false;
  if (chat.unreadCount === 0 || knownMessage(chat, event.message_id)) return false;
  return (
    chat.unreadMentions > 0 || (event.type === 'message.edited' && event.mentions.includes(selfId))
  );
}

/** The count after the user's mark has moved; `unread`: what is unread, where all of it is here. */
export function mentionsLeft(chat: Chat, unread: Message[] | null, selfId: string): number {
  if (unread) return unread.filter((message) => isUnreadMention(chat, message, selfId)).length;
  return Math.min(chat.unreadMentions, chat.unreadCount);
}
