import { describe, expect, it } from 'vitest';
import type { LoggedChange, Member } from '@/api/types';
import { ADA, BEN, CAT } from '@/testing/fixtures';
import { membersAfter } from './members';

const member = (user: typeof ADA, role: Member['role'] = 'member'): Member => ({ ...user, role });
const added = (offset: number, user: typeof ADA): LoggedChange => ({
  offset,
  event: { type: 'member.added', user, by: ADA.id },
});
const removed = (offset: number, { id }: typeof ADA): LoggedChange => ({
  offset,
  event: { type: 'member.removed', user_id: id, by: ADA.id },
});

describe('the members of a chat that were read while they changed', () => {
  const read = [member(ADA, 'owner'), member(BEN)];

  it('are those that were read, where nothing was heard', () => {
    expect(membersAfter(read, [])).toEqual(read);
  });

  it('follow what was heard last of each of them, in the order of the log', () => {
    expect(membersAfter(read, [removed(3, BEN), added(2, CAT)])).toEqual([
      member(ADA, 'owner'),
      member(CAT),
    ]);
    expect(membersAfter(read, [added(5, CAT), removed(4, CAT)])).toContainEqual(member(CAT));
    expect(membersAfter(read, [removed(5, CAT), added(4, CAT)])).toEqual(read);
  });

  it('are each in it once, whichever page knew of them already', () => {
    expect(membersAfter([...read, member(CAT)], [added(2, CAT), added(2, CAT)])).toEqual([
      ...read,
      member(CAT),
    ]);
    expect(membersAfter(read, [removed(2, CAT)])).toEqual(read);
  });

  it('have the role that they were heard to have', () => {
    const admin: LoggedChange = {
      offset: 3,
      event: { type: 'member.role_changed', user_id: BEN.id, role: 'admin', by: ADA.id },
    };
    expect(membersAfter(read, [admin])).toEqual([member(ADA, 'owner'), member(BEN, 'admin')]);
    expect(membersAfter([member(ADA, 'owner')], [admin])).toEqual([member(ADA, 'owner')]);
  });
});
