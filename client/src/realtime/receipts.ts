/**
 * Reports what this device has and what its user has read, both coalesced per chat. The hub takes
 * `ack` at once and may die before a core has it, so what no core has confirmed is told to a core
 * after each reconnect. Watermarks only rise, so a mark may be told as often as one likes.
 */
import { chatsApi } from '@/api/chats';
import { isProblem, isTransient } from '@/api/problem';
import { backoffMs } from '@/lib/backoff';
import { paced } from '@/lib/paced';
import { hasUnconfirmed, lastSeqOf } from '@/model/chats/apply';
import { deliveryAcknowledged, marksConfirmed } from '@/model/chats/slice';
import { selectChat } from '@/store/selectors';
import type { StoreApi } from '@/store/storeApi';
import type { Connection } from './connection';

const ACK_EVERY_MS = 200;
/** 75 per second: whoever returns to thousands of chats stays below the hub's 100 commands. */
const ACKS_AT_ONCE = 15;
const REPORT_EVERY_MS = 300;
const REPORTS_AT_ONCE = 5;

type Pace = ReturnType<typeof paced>;

export function createReceipts(store: StoreApi, connection: () => Connection | null) {
  /** Chat → how often its report has failed in a row, and when it is made again. */
  const failures = new Map<string, { times: number; timer: ReturnType<typeof setTimeout> }>();
  const chatOf = (id: string) => selectChat(store.getState(), id);

  function again(pace: Pace, id: string): void {
    const times = failures.get(id)?.times ?? 0;
    clearTimeout(failures.get(id)?.timer);
    const timer = setTimeout(() => pace.add(id), backoffMs(times));
    failures.set(id, { times: times + 1, timer });
  }

  const acks = paced(ACK_EVERY_MS, ACKS_AT_ONCE, (conversationId) => {
    const chat = chatOf(conversationId);
    const socket = connection();
    if (!chat || !socket) return;
    const seq = lastSeqOf(chat);
    if (seq <= chat.own.delivered_seq) return;
    socket.call('ack', { conversation_id: conversationId, seq }).then(
      () => {
        failures.delete(conversationId);
        store.dispatch(deliveryAcknowledged({ conversationId, seq }));
      },
      () => again(acks, conversationId),
    );
  });

  const reports = paced(REPORT_EVERY_MS, REPORTS_AT_ONCE, (conversationId) => {
    void report(conversationId);
  });

  async function report(conversationId: string): Promise<void> {
    const chat = chatOf(conversationId);
    if (!chat || !hasUnconfirmed(chat)) return;
    const { own, confirmed } = chat;
    // Whoever reads takes away that they had marked the chat as unread: that is said once.
    const read_seq = own.read_seq > confirmed.read_seq ? own.read_seq : 0;
    const request = { conversationId, marks: { ...own, read_seq } };
    const answer = await store.dispatch(
      chatsApi.endpoints.postReceipt.initiate(request, { track: false }),
    );
    if (answer.data) {
      failures.delete(conversationId);
      store.dispatch(marksConfirmed({ conversationId, marks: answer.data }));
    } else if (isProblem(answer.error) && isTransient(answer.error)) {
      again(reports, conversationId);
    }
  }

  /** Something may have arrived in this chat by whatever route. */
  function arrived(conversationId: string): void {
    const chat = chatOf(conversationId);
    if (chat && lastSeqOf(chat) > chat.own.delivered_seq) acks.add(conversationId);
  }

  return {
    arrived,
    read: (conversationId: string) => reports.add(conversationId),
    /** The connection is new: whatever was told on the one before may be lost. */
    reconnected(): void {
      for (const chat of Object.values(store.getState().chats.entities)) {
        if (hasUnconfirmed(chat)) reports.add(chat.id);
        arrived(chat.id);
      }
    },
    stop(): void {
      acks.clear();
      reports.clear();
      for (const { timer } of failures.values()) clearTimeout(timer);
      failures.clear();
    },
  };
}
