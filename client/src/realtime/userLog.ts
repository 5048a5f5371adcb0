/**
 * Follows the user's own log over pauses. What most of its events say is in the chats' snapshots,
 * which every connection loads; what no snapshot says is read from the log: which messages the user
 * has deleted for themselves or starred on another device, how they have reacted in large chats, and how
 * they have arranged chats that no snapshot of this connection names.
 */
import { isUserTopic, type UserEvent } from '@/api/events';
import type { TopicPosition } from '@/api/types';
import { settingsOf } from '@/model/chats/settings';
import {
  chatCleared,
  historiesTorn,
  messageHidden,
  ownReactionTold,
  settingsTold,
  starTold,
} from '@/model/chats/slice';
import { selectSelfId } from '@/model/session';
import { topicFollowed } from '@/model/topics';
import type { StoreApi } from '@/store/storeApi';
import type { Connection } from './connection';

const PAGE_SIZE = 500;
/** Beyond 5 000 events it is cheaper to load anew what is on this device. */
const PAGES_MAX = 10;

export function createUserLog(store: StoreApi, connection: () => Connection | null) {
  /** The epoch that the offsets of this connection's events belong to. */
  let epoch: string | null = null;

  const positionOf = (name: string) => store.getState().topics[name];

  function replay(event: UserEvent): void {
    if (event.type === 'message.hidden') {
      const { conversation_id: conversationId, message_id: messageId } = event;
      const selfId = selectSelfId(store.getState());
      store.dispatch(messageHidden({ conversationId, messageId, selfId }));
    } else if (event.type === 'reaction.mine') {
      const { conversation_id: conversationId, message_id: messageId, emoji } = event;
      store.dispatch(ownReactionTold({ conversationId, messageId, emoji }));
    } else if (event.type === 'message.starred') {
      const { conversation_id: conversationId, message_id: messageId, starred } = event;
      store.dispatch(starTold({ conversationId, messageId, starred }));
    } else if (event.type === 'chat.settings_changed') {
      const conversationId = event.conversation_id;
      store.dispatch(settingsTold({ conversationId, settings: settingsOf(event) }));
    } else if (event.type === 'chat.cleared') {
      const { conversation_id: conversationId, first_seq: firstSeq } = event;
      store.dispatch(chatCleared({ conversationId, firstSeq }));
    }
  }

  /** Reads on from `known`; where it came to, or null where the log cannot tell. */
  async function read(known: TopicPosition, head: number): Promise<TopicPosition | null> {
    let at = known;
    for (let pages = 0; at.offset < head; pages += 1) {
      const socket = connection();
      // The next connection asks again, from here.
      if (!socket) return at;
      const page = pages < PAGES_MAX ? await socket.logAfter(at.name, at, PAGE_SIZE) : null;
      if (!page) return null;
      const [first] = page;
      // The hub has not heard yet of what the core has logged: it comes as an event.
      if (!first) return at;
      if (first.offset !== at.offset + 1) return null;
      for (const { data } of page) replay(data as UserEvent);
      at = { ...at, offset: page.at(-1)?.offset ?? at.offset };
      store.dispatch(topicFollowed(at));
    }
    return at;
  }

  return {
    /** A connection carries the user's log from here on. */
    subscribed(channel: string, position: { epoch: string } | null): void {
      if (isUserTopic(channel)) epoch = position?.epoch ?? null;
    },

    /** An event of this connection has had its effect. */
    applied(name: string, offset: number): void {
      const known = positionOf(name);
      const next = known && known.epoch === epoch && known.offset + 1 === offset;
      if (next) store.dispatch(topicFollowed({ ...known, offset }));
    },

    /** Reads what was missed up to `head`. Rejects when the hub cannot be asked. */
    async catchUp(head: TopicPosition): Promise<void> {
      const known = positionOf(head.name);
      const followed = known?.epoch === head.epoch ? await read(known, head.offset) : null;
      if (followed) return;
      // Whatever is on this device may have been deleted by the user since.
      const chats = Object.values(store.getState().chats.entities);
      if (chats.some(({ history }) => history !== null)) store.dispatch(historiesTorn());
      store.dispatch(topicFollowed(head));
    },
  };
}

export type UserLog = ReturnType<typeof createUserLog>;
