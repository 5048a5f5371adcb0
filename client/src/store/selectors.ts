import { createSelector } from '@reduxjs/toolkit';
import type { ChatSettings, Message, User } from '@/api/types';
import { directWith, isOwnChat } from '@/model/chats/direct';
import { alikeIds, isolated, nameOf, visibleName } from '@/lib/names';
import type { Unsent } from '@/lib/unsent';
import { t } from '@/i18n/i18n';
import { EVERYBODY, type Chat } from '@/model/chats/types';
import { hasDraft } from '@/model/drafts';
import {
  aspectOf,
  isOfChat,
  operationSelectors,
  type Aspect,
  type Change,
  type Operation,
} from '@/model/operations';
import { outboxSelectors, type OutboxEntry } from '@/model/outbox';
import { selectSelfId } from '@/model/session';
import type { Place } from '@/model/views';
import type { RootState } from './rootReducer';

/** What a bubble's ticks say. `received` is for messages of others. */
export type MessageStatus = 'queued' | 'failed' | 'sent' | 'delivered' | 'read' | 'received';

export const selectChat = (state: RootState, id: string): Chat | undefined =>
  state.chats.entities[id];
export const selectDirectWith = (state: RootState, userId: string): Chat | undefined =>
  directWith(Object.values(state.chats.entities), userId);
export const selectPeople = (state: RootState) => state.people.entities;
export const selectOutbox = (state: RootState) => outboxSelectors.selectAll(state.outbox);
export const selectOperations = (state: RootState) =>
  operationSelectors.selectAll(state.operations);

/** What the user wrote and nobody but this device has. */
export const selectUnsent = createSelector(
  [selectOutbox, selectOperations, (state: RootState) => state.drafts],
  (outbox, operations, drafts): Unsent => ({
    messages: outbox.filter((entry) => entry.state !== 'accepted').length + operations.length,
    drafts: Object.values(drafts).filter(hasDraft).length,
  }),
);

/** By message: what the user wants to become of it and the server has not done yet. */
export type OperationsByMessage = Record<string, Partial<Record<Aspect, Operation>>>;

const NO_OPERATIONS: OperationsByMessage = {};

/** Chat → message → aspect → operation. */
const selectOperationsByChat = createSelector(selectOperations, (operations) => {
  const byChat: Record<string, OperationsByMessage> = {};
  for (const operation of operations) {
    const ofChat = (byChat[operation.conversationId] ??= {});
    (ofChat[operation.messageId] ??= {})[aspectOf(operation.change)] = operation;
  }
  return byChat;
});

export const selectOperationsOf = (state: RootState, id: string): OperationsByMessage =>
  selectOperationsByChat(state)[id] ?? NO_OPERATIONS;

/** What a change makes of a chat's settings. */
function arranged(change: Change): Partial<ChatSettings> {
  switch (change.kind) {
    case 'mute':
      return { muted_until: change.until };
    case 'archive':
      return change.archived ? { archived: true, pinned_at: null } : { archived: false };
    case 'pinChat':
      return change.pinnedAt === null
        ? { pinned_at: null }
        : { pinned_at: change.pinnedAt, archived: false };
    case 'markUnread':
      return { marked_unread: change.unread };
    default:
      return {};
  }
}

/** Changes of chats that the server has not taken. */
const selectChatOperations = createSelector(selectOperations, (operations) =>
  operations.filter(isOfChat),
);

/** Chat → what the user has arranged and the server does not know of yet. */
const selectArrangements = createSelector(selectChatOperations, (operations) => {
  const byChat: Record<string, Partial<ChatSettings>> = {};
  for (const { conversationId, change, state } of operations) {
    if (state === 'queued') {
      byChat[conversationId] = { ...byChat[conversationId], ...arranged(change) };
    }
  }
  return byChat;
});

/** How the user has arranged chats, of those where the server does not know it yet. */
const selectArranged = createSelector(
  [(state: RootState) => state.chats.entities, selectArrangements],
  (chats, waiting) => {
    const settings: Record<string, ChatSettings> = {};
    for (const [id, wanted] of Object.entries(waiting)) {
      const chat = chats[id];
      if (chat) settings[id] = { ...chat.settings, ...wanted };
    }
    return settings;
  },
);

export const selectSettings = (state: RootState, chat: Chat): ChatSettings =>
  selectArranged(state)[chat.id] ?? chat.settings;

/** Whether the chat is muted now. */
export function isMuted({ muted_until: until }: ChatSettings): boolean {
  return until === 'always' || (until !== null && Date.parse(until) > Date.now());
}

/** Changes of chats that the server will not take, the oldest first. */
export const selectRefusedArrangements = createSelector(selectChatOperations, (operations) =>
  operations.filter(({ state }) => state === 'failed'),
);

const NO_ENTRIES: OutboxEntry[] = [];

/** Chat → what was written in it here and has not come back yet, oldest first. */
const selectOutboxByChat = createSelector(selectOutbox, (entries) => {
  const byChat: Record<string, OutboxEntry[]> = {};
  for (const entry of entries) (byChat[entry.conversationId] ??= []).push(entry);
  return byChat;
});

export const selectOutboxOf = (state: RootState, id: string): OutboxEntry[] =>
  selectOutboxByChat(state)[id] ?? NO_ENTRIES;

/** The other person of a direct chat, the user in their own; undefined in a group. */
export function peerOf(chat: Chat, people: Record<string, User>, selfId: string): User | undefined {
  if (chat.kind !== 'direct') return undefined;
  return people[chat.memberIds.find((id) => id !== selfId) ?? selfId];
}

export function titleOf(chat: Chat, people: Record<string, User>, selfId: string): string {
  const name = nameOf(peerOf(chat, people, selfId));
  if (isOwnChat(chat)) return t('chats.own', { name: isolated(name) });
  if (chat.kind === 'direct') return name;
  return visibleName(chat.title ?? '') || t('common.group');
}

/** People whose names do not tell them apart. */
const selectAlike = createSelector(selectPeople, (people) => alikeIds(Object.values(people)));

/** The handle of somebody whose name is as good as another one's; null where the name will do. */
export const selectTellingHandle = (state: RootState, id: string): string | null =>
  selectAlike(state).has(id) ? (state.people.entities[id]?.handle ?? null) : null;

/** The handle of a direct chat's other person where it must be shown: alike, or not met before. */
export function selectPeerHandle(state: RootState, id: string): string | null {
  const chat = selectChat(state, id);
  const peer = chat && peerOf(chat, state.people.entities, selectSelfId(state));
  if (!peer || isOwnChat(chat)) return null;
  return isNewChat(chat) ? peer.handle : selectTellingHandle(state, peer.id);
}

/** Nothing of it was read yet: for all that is known, a stranger began it. */
const isNewChat = (chat: Chat) => chat.own.read_seq === 0;

/** What a face stands for: the person, or the group. */
export function faceOf(chat: Chat, people: Record<string, User>, selfId: string) {
  const peer = peerOf(chat, people, selfId);
  const picture = peer ? peer.picture_id : chat.pictureId;
  return { id: peer?.id ?? chat.id, name: titleOf(chat, people, selfId), picture };
}

/** Where the user left a chat; null: at its end. */
export const selectPlace = (state: RootState, id: string): Place | null =>
  state.views.places.find((known) => known.conversationId === id)?.place ?? null;

/** In a direct chat the other's watermarks count, in a group the minimum over everybody. */
export function statusOf(
  chat: Chat,
  message: Pick<Message, 'seq' | 'sender_id'>,
  selfId: string,
): MessageStatus {
  if (message.sender_id !== selfId) return 'received';
  // Whoever writes to themselves has read it.
  if (isOwnChat(chat)) return 'read';
  const key =
    chat.kind === 'group' ? EVERYBODY : (chat.memberIds.find((id) => id !== selfId) ?? selfId);
  const marks = chat.receipts[key];
  if (!marks) return 'sent';
  if (marks.read_seq >= message.seq) return 'read';
  return marks.delivered_seq >= message.seq ? 'delivered' : 'sent';
}

export function statusOfEntry(chat: Chat, entry: OutboxEntry, selfId: string): MessageStatus {
  return entry.message
    ? statusOf(chat, entry.message, selfId)
    : entry.state === 'failed'
      ? 'failed'
      : 'queued';
}

/** A stranger wrote, or a group asks the user back: it is a chat once they have accepted. */
export const isRequest = (chat: Chat) => chat.state !== 'active';

/** Chats and requests, the one with the newest activity first. */
const selectByActivity = createSelector(
  [
    (state: RootState) => state.chats.entities,
    selectOutboxByChat,
    (state: RootState) => state.drafts,
  ],
  (chats, outbox, drafts) => {
    const rank = (chat: Chat): number => {
      const draft = drafts[chat.id];
      const last = chat.lastMessage?.created_at ?? chat.createdAt;
      const written = outbox[chat.id]?.at(-1)?.createdAt;
      return Math.max(
        Date.parse(last),
        written ? Date.parse(written) : 0,
        hasDraft(draft) ? draft.editedAt : 0,
      );
    };
    return Object.values(chats)
      .map((chat) => ({ chat, rank: rank(chat) }))
      .sort((a, b) => b.rank - a.rank)
      .map(({ chat }) => chat);
  },
);

const idsOf = (chats: Chat[]) => chats.map(({ id }) => id);

/** Chats without requests, the one with the newest activity first, and how they are arranged. */
const selectChats = createSelector([selectByActivity, selectArranged], (chats, arranged) =>
  chats
    .filter((chat) => !isRequest(chat))
    .map((chat) => ({ id: chat.id, chat, settings: arranged[chat.id] ?? chat.settings })),
);

/** The ids of chats that are not archived: pinned ones, then the one with the newest activity. */
export const selectChatOrder = createSelector(selectChats, (chats) => {
  const shown = chats.filter(({ settings }) => !settings.archived);
  const pinnedAt = ({ settings }: (typeof shown)[number]) => settings.pinned_at ?? '';
  const pinned = shown.filter(pinnedAt).sort((a, b) => (pinnedAt(a) < pinnedAt(b) ? 1 : -1));
  return [...pinned, ...shown.filter((chat) => !pinnedAt(chat))].map(({ id }) => id);
});

/** How many chats the user has pinned. */
export const selectPinnedCount = createSelector(
  selectChats,
  (chats) => chats.filter(({ settings }) => settings.pinned_at !== null).length,
);

/** The ids of archived chats, the one with the newest activity first. */
export const selectArchivedOrder = createSelector(selectChats, (chats) =>
  chats.filter(({ settings }) => settings.archived).map(({ id }) => id),
);

/** Whether a chat waits to be read, or the user wants to come back to it. */
const waitsToBeRead = ({ chat, settings }: { chat: Chat; settings: ChatSettings }) =>
  chat.unreadCount > 0 || settings.marked_unread;

/** How many archived chats wait to be read. */
export const selectUnreadArchived = createSelector(
  selectChats,
  (chats) => chats.filter((one) => one.settings.archived && waitsToBeRead(one)).length,
);

/** Whether an unread message of an archived chat names the user. */
export const selectArchivedMention = createSelector(selectChats, (chats) =>
  chats.some(({ chat, settings }) => settings.archived && chat.unreadMentions > 0),
);

/** The ids of requests; who has opened a chat and written nothing asks for nothing. */
export const selectRequestOrder = createSelector(selectByActivity, (chats) =>
  idsOf(
    chats.filter(
      (chat) => isRequest(chat) && (chat.state === 'requested' || chat.lastMessage !== null),
    ),
  ),
);

/** How many chats wait to be read: the number on the tab and in the window's title. */
export const selectUnreadChats = createSelector(
  selectChats,
  (chats) => chats.filter((one) => !one.settings.archived && waitsToBeRead(one)).length,
);

const NOBODY: User[] = [];

/** The other members of a group, as far as they are known; nobody of a direct chat. */
export const selectMembers = createSelector(
  [selectChat, selectPeople, selectSelfId],
  (chat, people, selfId): User[] =>
    chat?.kind === 'group'
      ? chat.memberIds.filter((id) => id !== selfId).flatMap((id) => people[id] ?? [])
      : NOBODY,
);

/** Who is typing in a chat right now, without oneself. */
export const selectTyping = createSelector(
  [(state: RootState, id: string) => state.activity.typing[id], selectSelfId],
  (typing, selfId) => Object.keys(typing ?? {}).filter((id) => id !== selfId),
);
