import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { navigate } from '@/components/navigation';
import { useClientConfigQuery } from '@/api/auth';
import { useCreateConversationMutation } from '@/api/chats';
import type { User } from '@/api/types';
import { PaneHeader } from '@/components/PaneHeader';
import { PeopleSearch } from '@/components/PeopleSearch';
import { Alert } from '@/components/ui/Alert';
import { Avatar } from '@/components/ui/Avatar';
import { Icon } from '@/components/ui/Icon';
import { Name } from '@/components/ui/Name';
import { TextField } from '@/components/ui/TextField';
import { nameOf } from '@/lib/names';
import { uuidV7 } from '@/lib/uuid';
import './new-chat.css';

const TITLE_MAX_CHARS = 100;

/** Names a group and chooses who is in it. */
export function NewGroup() {
  const { t } = useTranslation();
  const { data: config } = useClientConfigQuery();
  const [create, { error, isLoading }] = useCreateConversationMutation();
  const [title, setTitle] = useState('');
  const [members, setMembers] = useState<User[]>([]);
  // One id for this form: pressing the button again after a lost answer makes no second group.
  const clientId = useRef(uuidV7());
  const picked = useMemo(() => new Set(members.map((member) => member.id)), [members]);
  // The user takes a place, too.
  const full = config !== undefined && members.length + 1 >= config.limits.group_max_members;

  const toggle = (user: User) => {
    if (picked.has(user.id)) setMembers(members.filter((member) => member.id !== user.id));
    else if (!full) setMembers([...members, user]);
  };

  const submit = async () => {
    const { data } = await create({
      kind: 'group',
      title: title.trim(),
      member_ids: members.map((member) => member.id),
      client_id: clientId.current,
    });
    if (data) navigate(`/chats/${data.id}`, { replace: true });
  };

  return (
    <>
      <PaneHeader title={t('common.newGroup')} backTo="/new" />
      <form
        className="group-form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <TextField
          label={t('people.groupName')}
          required
          maxLength={TITLE_MAX_CHARS}
          value={title}
          onChange={(event) => setTitle(event.target.value)}
        />
        {members.length > 0 && (
          <ul className="picked" aria-label={t('common.members')}>
            {members.map((member) => (
              <li key={member.id}>
                <button
                  type="button"
                  className="picked-person"
                  aria-label={t('people.remove', { name: nameOf(member) })}
                  onClick={() => toggle(member)}
                >
                  <Avatar
                    id={member.id}
                    name={nameOf(member)}
                    picture={member.picture_id}
                    size="header"
                  />
                  <Name name={nameOf(member)} />
                  <Icon name="close" size={16} />
                </button>
              </li>
            ))}
          </ul>
        )}
        {full && <p className="field-hint">{t('people.full')}</p>}
        <Alert error={error} />
        <button
          type="submit"
          className="button button-primary button-wide"
          disabled={isLoading || title.trim() === '' || members.length === 0}
        >
          {t('people.createGroup')}
        </button>
      </form>
      <PeopleSearch onPick={toggle} picked={picked} busy={isLoading} />
    </>
  );
}
