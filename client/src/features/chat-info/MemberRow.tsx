import { useTranslation } from 'react-i18next';
import type { Role, User } from '@/api/types';
import { Avatar } from '@/components/ui/Avatar';
import { Name } from '@/components/ui/Name';
import { nameOf } from '@/lib/names';

interface Props {
  member: User;
  role: Role;
  online: boolean;
  /** It is the user, about whom nothing can be done here. */
  own: boolean;
  disabled: boolean;
  onOpen: () => void;
}

export function MemberRow({ member, role, online, own, disabled, onOpen }: Props) {
  const { t } = useTranslation();
  const content = (
    <>
      <Avatar
        id={member.id}
        name={nameOf(member)}
        picture={member.picture_id}
        size="header"
        online={online}
      />
      <span className="person-names">
        <span className="person-name">
          {own ? t('common.you') : <Name name={nameOf(member)} />}
        </span>
        <span className="person-handle">
          <bdi>@{member.handle}</bdi>
        </span>
      </span>
      {role !== 'member' && <span className="role-label">{t(`info.${role}`)}</span>}
    </>
  );
  return (
    <li data-testid="member" data-handle={member.handle} data-role={role}>
      {own ? (
        <div className="person-row">{content}</div>
      ) : (
        <button type="button" className="person-row" disabled={disabled} onClick={onOpen}>
          {content}
        </button>
      )}
    </li>
  );
}
