/** What was found stays on the screen no longer than the message. */
import type { Middleware } from '@reduxjs/toolkit';
import { selectSearches, updateFound } from '@/api/search';
import type { Message } from '@/api/types';
import { erasedBy, mayErase } from '@/model/chats/erased';
import { chatCleared, chatDropped } from '@/model/chats/slice';
import type { AppDispatch } from '@/store/hooks';
import type { RootState } from '@/store/rootReducer';

export const foundFollower: Middleware<object, RootState, AppDispatch> = (api) => {
  const keepOnly = (keep: (message: Message) => boolean) => {
    for (const wanted of selectSearches(api.getState())) api.dispatch(updateFound(wanted, keep));
  };
  return (next) => (action) => {
    const result = next(action);
    if (chatDropped.match(action)) {
      keepOnly(({ conversation_id: id }) => id !== action.payload);
    } else if (chatCleared.match(action)) {
      const { conversationId, firstSeq } = action.payload;
      keepOnly(({ conversation_id: id, seq }) => id !== conversationId || seq >= firstSeq);
    } else if (mayErase(action)) {
      const gone = new Set(erasedBy(action).map(({ messageId }) => messageId));
      if (gone.size > 0) keepOnly(({ id }) => !gone.has(id));
    }
    return result;
  };
};
