/** Direct chats: with one other person for ever, or the user's own. */
import type { Chat } from './types';

/** What the user writes to themselves: nobody else is in it. */
export function isOwnChat({ kind, memberCount }: Pick<Chat, 'kind' | 'memberCount'>): boolean {
  return kind === 'direct' && memberCount === 1;
}

/** The direct chat with somebody else. */
export function directWith(chats: Chat[], userId: string): Chat | undefined {
  return chats.find(
    (chat) => chat.kind === 'direct' && !isOwnChat(chat) && chat.memberIds.includes(userId),
  );
}
