/** Reports what this device has and what its user has read; both are coalesced per chat. */
import { chatsApi } from '@/api/chats';
import type { Conversation } from '@/api/types';
import { paced } from '@/lib/paced';
import { lastSeqOf } from '@/model/chats/apply';
import { deliveryAcknowledged } from '@/model/chats/slice';
import { selectChat } from '@/store/selectors';
import type { StoreApi } from '@/store/storeApi';
import type { Connection } from './connection';

const ACK_EVERY_MS = 200;
/** 75 per second: whoever returns to thousands of chats stays below the hub's 100 commands. */
const ACKS_AT_ONCE = 15;
const READ_EVERY_MS = 300;
const READS_AT_ONCE = 5;

export function createReceipts(store: StoreApi, connection: () => Connection | null) {
  const acks = paced(ACK_EVERY_MS, ACKS_AT_ONCE, (conversationId) => {
    const chat = selectChat(store.getState(), conversationId);
    const socket = connection();
    if (!chat || !socket) return;
    const seq = lastSeqOf(chat);
    if (seq <= chat.own.delivered_seq) return;
    // If it is lost with the connection, the synchronisation after the next one repeats it.
    socket.call('ack', { conversation_id: conversationId, seq }).then(
      () => store.dispatch(deliveryAcknowledged({ conversationId, seq })),
      () => undefined,
    );
  });

  const reads = paced(READ_EVERY_MS, READS_AT_ONCE, (conversationId) => {
    const readSeq = selectChat(store.getState(), conversationId)?.own.read_seq;
    if (readSeq === undefined) return;
    const request = { conversationId, readSeq };
    void store.dispatch(chatsApi.endpoints.postReceipt.initiate(request, { track: false }));
  });

  /** Something may have arrived in this chat by whatever route. */
  function arrived(conversationId: string): void {
    const chat = selectChat(store.getState(), conversationId);
    if (chat && lastSeqOf(chat) > chat.own.delivered_seq) acks.add(conversationId);
  }

  return {
    arrived,
    read: (conversationId: string) => reads.add(conversationId),
    /** The server's list after a (re)connect shows which reports were lost. */
    resend(conversations: Conversation[]): void {
      for (const { id, read_seq } of conversations) {
        const chat = selectChat(store.getState(), id);
        if (chat && chat.own.read_seq > read_seq) reads.add(id);
      }
    },
    stop(): void {
      acks.clear();
      reads.clear();
    },
  };
}
