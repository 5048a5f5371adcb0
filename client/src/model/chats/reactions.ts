/** How people have reacted to a message. */
import type { Message, Reaction } from '@/api/types';

/** In chats with more members it is not told who has reacted. */
const NAMED_MAX_MEMBERS = 32;

/** The message with all reactions that it has now, as the chat's log tells them. */
export function reacted(
  message: Message,
  reactions: Reaction[],
  { selfId, memberCount }: { selfId: string; memberCount: number },
): Message {
  if (message.deleted) return message;
  // Of a large chat the user's own log tells which one is theirs.
  if (memberCount > NAMED_MAX_MEMBERS) return { ...message, reactions };
  const mine = reactions.find(({ user_ids }) => user_ids?.includes(selfId));
  return { ...message, reactions, my_reaction: mine?.emoji ?? null };
}

/** The message once the user has reacted with an emoji, or with none; the log tells it later. */
export function withOwn<T extends Pick<Message, 'reactions' | 'my_reaction'>>(
  message: T,
  emoji: string | null,
  selfId: string,
): T {
  const before = message.my_reaction;
  if (before === emoji) return message;
  const others = message.reactions.flatMap((reaction) => {
    if (reaction.emoji !== before) return [reaction];
    return reaction.count > 1 ? [changed(reaction, -1, selfId)] : [];
  });
  const known = others.some((reaction) => reaction.emoji === emoji);
  const reactions =
    emoji === null
      ? others
      : known
        ? others.map((reaction) =>
            reaction.emoji === emoji ? changed(reaction, 1, selfId) : reaction,
          )
        : [...others, { emoji, count: 1, user_ids: [selfId] }];
  return { ...message, reactions, my_reaction: emoji };
}

function changed(reaction: Reaction, by: 1 | -1, selfId: string): Reaction {
  const { count, user_ids: who } = reaction;
  const others = who?.filter((id) => id !== selfId);
  return {
    ...reaction,
    count: count + by,
    ...(others && { user_ids: by > 0 ? [...others, selfId] : others }),
  };
}
