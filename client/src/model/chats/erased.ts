import { isAnyOf, type UnknownAction } from '@reduxjs/toolkit';
import {
  eventsReceived,
  historyLoaded,
  messageErased,
  messageHidden,
  type MessageRef,
} from './slice';

/** Whatever may say that a message was deleted, for everyone or for the user. */
export const mayErase = isAnyOf(eventsReceived, historyLoaded, messageErased, messageHidden);

/** The messages of which an action says that they were deleted. */
export function erasedBy(action: UnknownAction): MessageRef[] {
  if (messageErased.match(action) || messageHidden.match(action)) return [action.payload];
  if (eventsReceived.match(action)) {
    const { conversationId, changes } = action.payload;
    return changes.flatMap(({ event }) =>
      event.type === 'message.deleted' ? [{ conversationId, messageId: event.message_id }] : [],
    );
  }
  if (historyLoaded.match(action)) {
    const { conversationId, page } = action.payload;
    return page.messages
      .filter(({ deleted }) => deleted)
      .map(({ id: messageId }) => ({ conversationId, messageId }));
  }
  return [];
}
