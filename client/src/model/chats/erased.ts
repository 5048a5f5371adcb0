import { isAnyOf, type UnknownAction } from '@reduxjs/toolkit';
import { eventsReceived, historyLoaded, messageErased, type MessageRef } from './slice';

/** Whatever may say that a message was deleted for everyone. */
export const mayErase = isAnyOf(eventsReceived, historyLoaded, messageErased);

/** The messages of which an action says that they were deleted for everyone. */
export function erasedBy(action: UnknownAction): MessageRef[] {
  if (messageErased.match(action)) return [action.payload];
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
