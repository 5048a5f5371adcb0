import type { User } from '@/api/types';
import { isolated, nameOf } from '@/lib/names';
import type { Notice } from '@/model/chats/types';

/** What happened to the group, as a sentence from the reader's side. */
export function noticeText(notice: Notice, people: Record<string, User>, selfId: string): string {
  const called = (id: string, self: string) =>
    id === selfId ? self : isolated(nameOf(people[id]));
  const by = called(notice.by, 'You');
  if (notice.kind === 'added') return `${by} added ${called(notice.userId, 'you')}`;
  if (notice.by === notice.userId) return `${by} left`;
  return `${by} removed ${called(notice.userId, 'you')}`;
}
