/** Messages that disappear by themselves: each device hides them at their time, with a network or without. */
import type { Chat } from './types';

/** Some messages of a chat. */
export interface ExpiredMessages {
  conversationId: string;
  messageIds: string[];
}

/** The messages on this device whose time is over; `now` is the server's, in milliseconds since 1970. */
export function expiredMessages(chats: Chat[], now: number): ExpiredMessages[] {
  return chats.flatMap(({ id: conversationId, history, past, lastMessage }) => {
    const known = [...(history?.messages ?? []), ...(past?.messages ?? [])];
    const over = [...known, ...(lastMessage ? [lastMessage] : [])].filter(
      ({ expires_at: at }) => at != null && Date.parse(at) <= now,
    );
    const messageIds = [...new Set(over.map(({ id }) => id))];
    return messageIds.length > 0 ? [{ conversationId, messageIds }] : [];
  });
}
