import { navigate } from '@/components/navigation';
import { useAcceptMutation, useRemoveMemberMutation } from '@/api/chats';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';

/** The user's answer to a request. One that was declined is left for the list of requests. */
export function useRequest(conversationId: string) {
  const selfId = useAppSelector(selectSelfId);
  const [accept, accepting] = useAcceptMutation();
  const [remove, declining] = useRemoveMemberMutation();
  return {
    accept: () => void accept(conversationId),
    decline: async () => {
      const answer = await remove({ conversationId, userId: selfId });
      if (!answer.error) navigate('/requests', { replace: true });
    },
    busy: accepting.isLoading || declining.isLoading,
    error: accepting.error ?? declining.error,
  };
}
