import { useOpenOwnChatMutation } from '@/api/chats';
import { isOwnChat } from '@/model/chats/direct';
import { useAppSelector } from '@/store/hooks';
import { navigate } from './navigation';

/** Leads to the user's chat with themselves, which the server makes if there is none. */
export function useOpenOwnChat() {
  const known = useAppSelector((state) => Object.values(state.chats.entities).find(isOwnChat)?.id);
  const [make, { error, isLoading }] = useOpenOwnChatMutation();
  const open = async (options?: { replace: boolean }) => {
    const id = known ?? (await make()).data?.id;
    if (id !== undefined) navigate(`/chats/${id}`, options);
  };
  return { open, error, isLoading };
}
