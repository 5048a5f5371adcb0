import type { Role } from '@/api/types';

/** The lowest first: a later one may do all that an earlier one may. */
const ORDER: readonly Role[] = ['member', 'admin', 'owner'];

const rank = (role: Role) => ORDER.indexOf(role);

/** Whether somebody with the role `own` may remove somebody with the role `other` from a group. */
export function mayRemove(own: Role, other: Role): boolean {
  return own !== 'member' && rank(own) > rank(other);
}

/** Whether somebody with the role `own` may give others roles. */
export function mayGiveRoles(own: Role): boolean {
  return own === 'owner';
}
