/** What a snapshot says of how the user has arranged a chat for themselves. */
import type { ChatSettings, Conversation } from '@/api/types';

/** The first message that the user reads; a core of version 0.2 does not tell. */
export function firstSeqOf({
  first_seq: firstSeq = 1,
}: Partial<Pick<Conversation, 'first_seq'>>): number {
  return firstSeq;
}

/** How the user has arranged it; a core of version 0.2 tells of nothing. */
export function settingsOf(told: Partial<ChatSettings>): ChatSettings {
  const { archived = false, marked_unread = false, muted_until = null, pinned_at = null } = told;
  return { archived, marked_unread, muted_until, pinned_at };
}
