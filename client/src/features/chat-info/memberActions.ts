import { t } from '@/i18n/i18n';
import type { Role, User } from '@/api/types';
import type { Action } from '@/components/ui/ActionSheet';
import { isolated, nameOf } from '@/lib/names';
import { mayGiveRoles, mayRemove } from '@/model/roles';

export type MemberAction = 'message' | 'make admin' | 'dismiss' | 'make owner' | 'remove';

/** What a user with the role `own` can do about another member of a group, who has the role `role`. */
export function actionsOn(
  member: User,
  role: Role,
  own: Role,
): (Omit<Action, 'run'> & { action: MemberAction })[] {
  const name = isolated(nameOf(member));
  const giving = mayGiveRoles(own);
  return [
    { action: 'message' as const, label: t('info.message', { name }), icon: 'chat' as const },
    ...(giving && role === 'member'
      ? [{ action: 'make admin' as const, label: t('info.makeAdmin'), icon: 'admin' as const }]
      : []),
    ...(giving && role === 'admin'
      ? [{ action: 'dismiss' as const, label: t('info.dismissAdmin'), icon: 'person' as const }]
      : []),
    ...(giving
      ? [{ action: 'make owner' as const, label: t('info.makeOwner'), icon: 'admin' as const }]
      : []),
    ...(mayRemove(own, role)
      ? [
          {
            action: 'remove' as const,
            label: t('info.removeMember'),
            icon: 'personRemove' as const,
            danger: true,
          },
        ]
      : []),
  ];
}
