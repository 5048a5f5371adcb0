import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAddMemberMutation } from '@/api/chats';
import type { User } from '@/api/types';
import { PaneHeader } from '@/components/PaneHeader';
import { PeopleSearch } from '@/components/PeopleSearch';
import { useOpenChat } from '@/components/useOpenChat';
import { Alert } from '@/components/ui/Alert';
import { isolated, nameOf } from '@/lib/names';
import { useAppSelector } from '@/store/hooks';
import { selectChat } from '@/store/selectors';

/** Finds people and adds them to the group one by one. */
export function AddPeople({ id }: { id: string }) {
  const { t } = useTranslation();
  const chat = useAppSelector((state) => selectChat(state, id));
  const memberIds = chat?.memberIds;
  useOpenChat(id);
  const [add, { error, isLoading }] = useAddMemberMutation();
  const [asked, setAsked] = useState<User | null>(null);
  const excluded = useMemo(
    () => new Map(memberIds?.map((member) => [member, t('people.inGroup')])),
    [memberIds, t],
  );
  const addPerson = async (user: User) => {
    setAsked(null);
    const { data } = await add({ conversationId: id, userId: user.id });
    if (!data) return;
    // Who left by their own wish comes back only by it. A large group does not name everybody.
    const joined =
      data.members.some((member) => member.id === user.id) ||
      data.member_count > (chat?.memberCount ?? 0);
    if (!joined) setAsked(user);
  };
  return (
    <>
      <PaneHeader title={t('common.addPeople')} backTo={`/chats/${id}/info`} />
      <Alert error={error} />
      <div role="status">
        {asked && (
          <p className="notice">{t('people.askedFirst', { name: isolated(nameOf(asked)) })}</p>
        )}
      </div>
      <PeopleSearch excluded={excluded} busy={isLoading} onPick={(user) => void addPerson(user)} />
    </>
  );
}
