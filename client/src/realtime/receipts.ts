/** Reports what this device has and what its user has read; both are coalesced per chat. */
import { chatsApi } from '@/api/chats';
import type { Conversation } from '@/api/types';
import { coalesce } from '@/lib/coalesce';
import { lastSeqOf } from '@/model/chats/apply';
import { deliveryAcknowledged } from '@/model/chats/slice';
import { selectChat } from '@/store/selectors';
import type { Connection } from './connection';
import type { StoreApi } from './sync';

const ACK_DELAY_MS = 200;
const READ_DELAY_MS = 300;

export function createReceipts(store: StoreApi, connection: () => Connection | null) {
  const acks = coalesce<null>(ACK_DELAY_MS, (conversationId) => {
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

  const reads = coalesce<null>(READ_DELAY_MS, (conversationId) => {
    const readSeq = selectChat(store.getState(), conversationId)?.own.read_seq;
    if (readSeq === undefined) return;
    const request = { conversationId, readSeq };
    void store.dispatch(chatsApi.endpoints.postReceipt.initiate(request, { track: false }));
  });

  /** Something may have arrived in this chat by whatever route. */
  function arrived(conversationId: string): void {
    const chat = selectChat(store.getState(), conversationId);
    if (chat && lastSeqOf(chat) > chat.own.delivered_seq) acks.add(conversationId, null);
  }

  return {
    arrived,
    read: (conversationId: string) => reads.add(conversationId, null),
    /** The server's list after a (re)connect shows which reports were lost. */
    resend(conversations: Conversation[]): void {
      for (const { id, read_seq } of conversations) {
        const chat = selectChat(store.getState(), id);
        if (chat && chat.own.read_seq > read_seq) reads.add(id, null);
      }
    },
    stop(): void {
      acks.clear();
      reads.clear();
    },
  };
}
