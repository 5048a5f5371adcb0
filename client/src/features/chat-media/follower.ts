/** Keeps the lists of what was sent true while they are on the screen. */
import type { Middleware } from '@reduxjs/toolkit';
import { mediaApi, tabOf, type MediaTab } from '@/api/media';
import type { Message } from '@/api/types';
import { erasedBy, mayErase } from '@/model/chats/erased';
import { chatCleared, eventsReceived } from '@/model/chats/slice';
import type { AppDispatch } from '@/store/hooks';
import type { RootState } from '@/store/rootReducer';

const TABS: MediaTab[] = ['media', 'docs'];

export const mediaFollower: Middleware<object, RootState, AppDispatch> = (api) => {
  const keepOnly = (conversationId: string, keep: (message: Message) => boolean) => {
    for (const tab of TABS) {
      change(conversationId, tab, (pages) =>
        pages.forEach((page) => {
          page.messages = page.messages.filter(keep);
        }),
      );
    }
  };
  const change = (
    conversationId: string,
    tab: MediaTab,
    work: (pages: { messages: Message[] }[]) => void,
  ) => {
    const update = mediaApi.util.updateQueryData('media', { conversationId, tab }, ({ pages }) =>
      work(pages),
    );
    api.dispatch(update);
  };
  return (next) => (action) => {
    const result = next(action);
    if (eventsReceived.match(action)) {
      const { conversationId, changes } = action.payload;
      for (const { event } of changes) {
        if (event.type !== 'message.posted') continue;
        const tab = tabOf(event.message.attachment?.kind);
        if (!tab) continue;
        change(conversationId, tab, ([newest]) => {
          const known = newest?.messages.some(({ id }) => id === event.message.id);
          if (!known) newest?.messages.unshift(event.message);
        });
      }
    }
    if (chatCleared.match(action)) {
      const { conversationId, firstSeq } = action.payload;
      keepOnly(conversationId, ({ seq }) => seq >= firstSeq);
    }
    if (mayErase(action)) {
      for (const { conversationId, messageId } of erasedBy(action)) {
        keepOnly(conversationId, ({ id }) => id !== messageId);
      }
    }
    return result;
  };
};
