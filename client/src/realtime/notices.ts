/**
 * Reads from a group's log who came and went, for as far back as its messages are on this device:
 * so every device tells the same story, whether the chat was open on it at the time or not.
 */
import { chatTopic } from '@/api/events';
import type { ChatEvent } from '@/api/types';
import { freshFlight } from '@/lib/singleFlight';
import { noticesWanted } from '@/model/chats/apply';
import { noticesRead } from '@/model/chats/slice';
import { selectChat } from '@/store/selectors';
import type { StoreApi } from '@/store/storeApi';
import type { Connection } from './connection';

/** Twice a page of messages: one request covers it unless many came and went. */
const PAGE = 100;
/** A group of which this is not enough is read on with its next page of messages. */
const PAGES_AT_ONCE = 10;

export function createNotices(store: StoreApi, connection: () => Connection | null) {
  const one = freshFlight<void>();

  async function read(conversationId: string): Promise<void> {
    for (let page = 0; page < PAGES_AT_ONCE; page += 1) {
      const chat = selectChat(store.getState(), conversationId);
      const upTo = chat && noticesWanted(chat);
      const socket = connection();
      if (!upTo || !socket) return;
      const before = { epoch: upTo.epoch, offset: upTo.offset + 1 };
      const entries = await socket.logBefore(chatTopic(conversationId), before, PAGE);
      const changes = entries.map(({ offset, data }) => ({ offset, event: data as ChatEvent }));
      store.dispatch(noticesRead({ conversationId, upTo, changes }));
    }
  }

  return {
    /** What cannot be read now is read when the chat is opened or its next page comes. */
    load: (conversationId: string) =>
      one(conversationId, () => read(conversationId).catch(() => undefined)),
  };
}
