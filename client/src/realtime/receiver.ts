/** Turns what arrives on the socket into changes of the model, by the one rule for events. */
import { baseApi } from '@/api/baseApi';
import {
  conversationOfTopic,
  isEphemeral,
  isFeedComplete,
  type ChatSubscriptionData,
  type EphemeralChatEvent,
  type FeedComplete,
  type FeedItem,
  type UserEvent,
} from '@/api/events';
import type { ChatEvent } from '@/api/types';
import { presenceChanged, presenceLoaded, typingExpired, typingStarted } from '@/model/activity';
import { judge } from '@/model/chats/apply';
import { settingsOf } from '@/model/chats/settings';
import {
  blockChanged,
  chatCleared,
  chatDropped,
  eventsReceived,
  marksConfirmed,
  messageHidden,
  reactionTaken,
  readMoved,
  receiptsMoved,
  settingsTold,
  starTold,
} from '@/model/chats/slice';
import { draftHeard } from '@/model/drafts';
import { personChanged } from '@/model/people';
import { selectSelfId, selfChanged } from '@/model/session';
import { selectChat } from '@/store/selectors';
import type { StoreApi } from '@/store/storeApi';
import type { Subscribed } from './connection';
import type { Sync } from './sync';
import type { UserLog } from './userLog';

/** How long a typing event holds. */
const TYPING_MS = 5_000;
const FEED = 'feed';

export function createReceiver(
  store: StoreApi,
  sync: Sync,
  userLog: UserLog,
  onFeedComplete: () => void,
) {
  /** Subscribed chat → the epoch its offsets belong to. */
  const epochs = new Map<string, string>();
  const selfId = () => selectSelfId(store.getState());

  function logged(conversationId: string, epoch: string, offset: number, event: ChatEvent): void {
    if (event.type === 'member.removed' && event.user_id === selfId()) {
      store.dispatch(chatDropped(conversationId));
      return;
    }
    const chat = selectChat(store.getState(), conversationId);
    const verdict = chat ? judge(chat.position, { epoch, offset }) : 'reload';
    if (verdict === 'apply') {
      const changes = [{ offset, event }];
      store.dispatch(eventsReceived({ conversationId, epoch, changes, selfId: selfId() }));
    } else if (verdict === 'gap') {
      void sync.repair(conversationId, { epoch, offset });
    } else if (verdict === 'reload') {
      void sync.reload(conversationId);
    }
  }

  function ephemeral(conversationId: string, event: EphemeralChatEvent): void {
    switch (event.type) {
      case 'receipts.moved':
        store.dispatch(receiptsMoved({ conversationId, receipts: event.receipts }));
        break;
      case 'presence': {
        const { user_id: userId, online } = event;
        store.dispatch(presenceChanged({ conversationId, userId, online }));
        break;
      }
      case 'typing': {
        if (event.user_id === selfId()) break;
        const typing = { conversationId, userId: event.user_id, until: Date.now() + TYPING_MS };
        store.dispatch(typingStarted(typing));
        setTimeout(() => store.dispatch(typingExpired(typing)), TYPING_MS);
        break;
      }
    }
  }

  function ofUser(event: UserEvent): void {
    if (event.type === 'block.changed') {
      store.dispatch(blockChanged({ userId: event.user_id, blocked: event.blocked }));
      store.dispatch(baseApi.util.invalidateTags(['blocks']));
      return;
    }
    if (event.type === 'user.changed') {
      const { user_id: id, display_name, picture_id } = event;
      store.dispatch(personChanged({ id, display_name, picture_id }));
      store.dispatch(selfChanged({ id, display_name, picture_id }));
      store.dispatch(baseApi.util.invalidateTags(['profiles']));
      return;
    }
    const conversationId = event.conversation_id;
    switch (event.type) {
      case 'chat.added':
        sync.standingChanged(conversationId);
        // A chat that is known may have been left and joined again, unheard: its log starts anew.
        void sync.reload(conversationId);
        break;
      case 'chat.removed':
        store.dispatch(chatDropped(conversationId));
        break;
      case 'message.hidden':
        store.dispatch(
          messageHidden({ conversationId, messageId: event.message_id, selfId: selfId() }),
        );
        break;
      case 'reaction.mine': {
        const { message_id: messageId, emoji } = event;
        store.dispatch(reactionTaken({ conversationId, messageId, emoji, selfId: selfId() }));
        break;
      }
      case 'message.starred': {
        const { message_id: messageId, starred } = event;
        store.dispatch(starTold({ conversationId, messageId, starred }));
        store.dispatch(baseApi.util.invalidateTags(['starred']));
        break;
      }
      case 'chat.settings_changed':
        // An answer from before does not say it.
        sync.standingChanged(conversationId);
        store.dispatch(settingsTold({ conversationId, settings: settingsOf(event) }));
        break;
      case 'chat.cleared':
        sync.standingChanged(conversationId);
        store.dispatch(chatCleared({ conversationId, firstSeq: event.first_seq }));
        break;
      case 'draft.changed':
        store.dispatch(draftHeard({ conversationId, draft: event, now: Date.now(), sure: false }));
        break;
      case 'read.moved':
        store.dispatch(readMoved({ conversationId, readSeq: event.read_seq, selfId: selfId() }));
        store.dispatch(
          marksConfirmed({
            conversationId,
            marks: { delivered_seq: 0, read_seq: event.read_seq },
          }),
        );
        break;
    }
  }

  function fromFeed(item: FeedItem | FeedComplete): void {
    if (isFeedComplete(item)) {
      onFeedComplete();
      return;
    }
    const conversationId = conversationOfTopic(item.topic);
    if (conversationId === null) return;
    if ('offset' in item) logged(conversationId, item.epoch, item.offset, item.event);
    else if (isEphemeral(item.event)) ephemeral(conversationId, item.event);
  }

  return {
    published(channel: string, data: unknown, offset: number | undefined): void {
      if (channel === FEED) {
        fromFeed(data as FeedItem | FeedComplete);
        return;
      }
      const conversationId = conversationOfTopic(channel);
      // A logged kind without an offset is nobody's fact: it is ignored.
      if (conversationId === null) {
        if (offset === undefined) return;
        ofUser(data as UserEvent);
        userLog.applied(channel, offset);
        return;
      }
      const event = data as ChatEvent | EphemeralChatEvent;
      if (isEphemeral(event)) {
        ephemeral(conversationId, event);
        return;
      }
      const epoch = epochs.get(conversationId);
      if (offset !== undefined && epoch !== undefined) {
        logged(conversationId, epoch, offset, event);
      }
    },

    subscribed({ channel, position, lost, data }: Subscribed): void {
      userLog.subscribed(channel, position);
      const conversationId = conversationOfTopic(channel);
      if (conversationId === null || !position) return;
      epochs.set(conversationId, position.epoch);
      const state = data as ChatSubscriptionData | undefined;
      if (state) {
        store.dispatch(receiptsMoved({ conversationId, receipts: state.receipts }));
        store.dispatch(presenceLoaded({ conversationId, online: state.online }));
      }
      const known = selectChat(store.getState(), conversationId)?.position;
      if (known && known.epoch !== position.epoch) void sync.reload(conversationId);
      else if (lost) void sync.repair(conversationId, position);
    },
  };
}
