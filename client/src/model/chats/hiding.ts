/** Messages that are on this device no longer. */
import type { Message } from '@/api/types';
import { isUnreadMention } from './mentions';
import { unpinned } from './pins';
import { plain } from './stretches';
import type { Chat } from './types';

/** Answers are under way for seconds; nobody deletes so many meanwhile. */
const HIDDEN_KEPT = 200;

/** Takes away a message that the user has deleted for themselves, here or on another device. */
export function hideMessage(chat: Chat, messageId: string, selfId: string): void {
  if (chat.hidden.includes(messageId)) return;
  chat.hidden = [...chat.hidden, messageId].slice(-HIDDEN_KEPT);
  const known = plain(chat.history?.messages ?? []);
  const isIt = ({ id }: Message) => id === messageId;
  const past = plain(chat.past?.messages ?? []);
  const message =
    known.findLast(isIt) ?? past.find(isIt) ?? (chat.lastMessage && [chat.lastMessage].find(isIt));
  if (!message) return;
  if (chat.past) chat.past.messages = past.filter((other) => !isIt(other));
  if (chat.history) chat.history.messages = known.filter((other) => !isIt(other));
  if (chat.lastMessage?.id === messageId) {
    // Null where the one before is not on this device: the snapshot tells it.
    chat.lastMessage = known.findLast((other) => !isIt(other)) ?? null;
  }
  if (message.sender_id !== selfId && message.seq > chat.own.read_seq) {
    chat.unreadCount = Math.max(0, chat.unreadCount - 1);
    if (isUnreadMention(chat, message, selfId)) {
      chat.unreadMentions = Math.max(0, chat.unreadMentions - 1);
    }
  }
}

/** Leaves nothing of a message. */
export function dropExpired(chat: Chat, messageId: string, selfId: string): void {
  hideMessage(chat, messageId, selfId);
  chat.pins = unpinned(chat.pins, messageId);
}
