import { useEffect } from 'react';
import { chatOpened } from '@/realtime/actions';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { selectChat } from '@/store/selectors';

/** A screen of a chat is open: what happens there is heard at once, and all members are loaded. */
export function useOpenChat(id: string): void {
  const dispatch = useAppDispatch();
  const known = useAppSelector((state) => selectChat(state, id) !== undefined);
  useEffect(() => {
    if (known) dispatch(chatOpened(id));
  }, [dispatch, id, known]);
}
