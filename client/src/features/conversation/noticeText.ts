import type { User } from '@/api/types';
import { isolated, nameOf } from '@/lib/names';
import type { Notice } from '@/model/chats/types';

/** What happened to the group, as a sentence from the reader's side. */
export function noticeText(notice: Notice, people: Record<string, User>, selfId: string): string {
  const called = (id: string, self: string) =>
    id === selfId ? self : isolated(nameOf(people[id]));
  const by = called(notice.by, 'You');
  const whom = called(notice.userId, 'you');
  switch (notice.kind) {
    case 'added':
      return `${by} added ${whom}`;
    case 'removed':
      return notice.by === notice.userId ? `${by} left` : `${by} removed ${whom}`;
    case 'owner':
      return notice.userId === selfId ? 'You are the owner now' : `${whom} is the owner now`;
    case 'admin':
      return `${by} made ${whom} an admin`;
    case 'member':
      return `${by} dismissed ${whom} as admin`;
  }
}
