import { lastSeqOf } from '@/model/chats/apply';
import type { Chat } from '@/model/chats/types';

/**
 * A chat opens at its first unread message, which is loaded if need be, up to this many messages:
 * beyond, it opens at the oldest of them.
 */
const OPENING_MAX = 500;

/** What must be loaded before a chat can be shown at the right place; null: it can be. */
export function missingFor(chat: Chat): 'latest' | 'older' | null {
  const { history } = chat;
  if (!history || history.stale) return 'latest';
  const first = history.messages[0];
  const behind = chat.unreadCount > 0 && history.hasMore && first !== undefined;
  // Who looks at older messages stays there.
  if (!behind || chat.past || history.messages.length >= OPENING_MAX) return null;
  return first.seq > chat.own.read_seq ? 'older' : null;
}

/** The messages after one number, up to another one. */
export interface UnreadRange {
  after: number;
  upTo: number;
}

/** What the divider stands before when a chat is opened; empty: everything was read. */
export function dividersOf(chat: Chat): UnreadRange[] {
  return chat.unreadCount > 0 ? [{ after: chat.own.read_seq, upTo: lastSeqOf(chat) }] : [];
}

/**
 * The dividers when messages arrive that are not on the screen at once. The last one grows as long
 * as something behind it was not read. One that was read stays where it is while the view is `held`
 * somewhere, because the messages below would jump.
 */
export function extended(dividers: UnreadRange[], chat: Chat, held: boolean): UnreadRange[] {
  const upTo = lastSeqOf(chat);
  const last = dividers.at(-1);
  if (last && last.upTo > chat.own.read_seq) {
    return [...dividers.slice(0, -1), { after: last.after, upTo }];
  }
  return [...(held ? dividers : []), { after: chat.own.read_seq, upTo }];
}
