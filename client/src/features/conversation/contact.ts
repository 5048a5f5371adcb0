import type { Chat } from '@/model/chats/types';
import { lastSeqOf } from '@/model/chats/apply';
import type { OutboxEntry } from '@/model/outbox';

/** As many messages as the server takes before the other person has accepted. */
const REQUEST_MAX_MESSAGES = 3;

/** How many messages the user may still write before the other person accepts. */
export function requestRoom(chat: Chat, outbox: OutboxEntry[]): number {
  // Nobody else has written: an answer would have accepted the request.
  const written = Math.max(lastSeqOf(chat), chat.own.read_seq);
  const pending = outbox.filter(
    ({ state, message }) => state !== 'failed' && (message === null || message.seq > written),
  );
  return Math.max(0, REQUEST_MAX_MESSAGES - written - pending.length);
}

/** Whether the two have accepted each other: before, what looks like a link is drawn as text. */
export function drawsLinks(chat: Chat): boolean {
  return chat.state === 'active' && !chat.awaitsOther;
}
