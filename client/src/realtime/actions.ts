import { createAction } from '@reduxjs/toolkit';
import type { MessageRef } from '@/model/chats/slice';
import type { PageKind } from '@/model/chats/stretches';

/** What components tell the realtime middleware; no reducer handles these. */
export const chatOpened = createAction<string>('realtime/chatOpened');
/** The user typed something into this chat's composer. */
export const typingReported = createAction<string>('realtime/typingReported');
/** The user has seen everything up to `seq` with the page in front of them. */
export const messagesSeen = createAction<{ conversationId: string; seq: number }>(
  'realtime/messagesSeen',
);
/** More messages are wanted: the newest page, or the one before or after what is shown. */
export const historyWanted = createAction<{
  conversationId: string;
  kind: Exclude<PageKind, 'around'>;
}>('realtime/historyWanted');
/** A message is wanted that is not on this device, with its surroundings. */
export const messageWanted = createAction<MessageRef>('realtime/messageWanted');
/** The chats and everything missed are up to date with the server. */
export const synchronised = createAction('realtime/synchronised');
