import type { LoggedChange, Member } from '@/api/types';

/** Whether a change says who is in a chat, or with which role. */
export function isOfMembers({ event }: LoggedChange): boolean {
  return event.type.startsWith('member.');
}

/**
 * Who is in a chat according to `members`, which was read page by page, and to the `changes` that
 * were heard while it was read. A page may be older or newer than any of them; what follows those
 * changes in the log is applied to the result.
 */
export function membersAfter(members: Member[], changes: LoggedChange[]): Member[] {
  const known = new Map(members.map((member) => [member.id, member]));
  for (const { event } of changes.toSorted((a, b) => a.offset - b.offset)) {
    switch (event.type) {
      case 'member.added':
        known.set(event.user.id, { ...event.user, role: 'member' });
        break;
      case 'member.removed':
        known.delete(event.user_id);
        break;
      case 'member.role_changed': {
        const member = known.get(event.user_id);
        if (member) known.set(member.id, { ...member, role: event.role });
        break;
      }
      default:
        break;
    }
  }
  return [...known.values()];
}
