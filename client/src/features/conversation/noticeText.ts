import type { User } from '@/api/types';
import type { Notice } from '@/model/chats/types';

/** What happened to the group, as a sentence from the reader's side. */
export function noticeText(notice: Notice, people: Record<string, User>, selfId: string): string {
  const nameOf = (id: string, self: string) =>
    id === selfId ? self : (people[id]?.display_name ?? 'Someone');
  const by = nameOf(notice.by, 'You');
  if (notice.kind === 'added') return `${by} added ${nameOf(notice.userId, 'you')}`;
  if (notice.by === notice.userId) return `${by} left`;
  return `${by} removed ${nameOf(notice.userId, 'you')}`;
}
