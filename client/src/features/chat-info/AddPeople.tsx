import { useMemo } from 'react';
import { useAddMemberMutation } from '@/api/chats';
import { PaneHeader } from '@/components/PaneHeader';
import { PeopleSearch } from '@/components/PeopleSearch';
import { Alert } from '@/components/ui/Alert';
import { useAppSelector } from '@/store/hooks';
import { selectChat } from '@/store/selectors';

/** Finds people and adds them to the group one by one. */
export function AddPeople({ id }: { id: string }) {
  const memberIds = useAppSelector((state) => selectChat(state, id)?.memberIds);
  const [add, { error, isLoading }] = useAddMemberMutation();
  const excluded = useMemo(
    () => new Map(memberIds?.map((member) => [member, 'Already in the group'])),
    [memberIds],
  );
  return (
    <>
      <PaneHeader title="Add people" backTo={`/chats/${id}/info`} />
      <Alert error={error} />
      <PeopleSearch
        excluded={excluded}
        busy={isLoading}
        onPick={(user) => void add({ conversationId: id, userId: user.id })}
      />
    </>
  );
}
