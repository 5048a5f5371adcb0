import type { UnknownAction } from '@reduxjs/toolkit';
import { chatDropped, snapshotsLoaded, type MessageRef } from '@/model/chats/slice';
import type { Watermarks } from '@/model/chats/types';
import { selectSelfId, type SessionState } from '@/model/session';
import { baseApi } from './baseApi';
import type {
  Changes,
  ChatSettings,
  ChatSettingsChange,
  Conversation,
  ConversationPage,
  HeadPage,
  MemberPage,
  Message,
  MessagePage,
  MessageEdit,
  NewConversation,
  NewMessage,
  Role,
  UserList,
} from './types';

interface MemberRef {
  conversationId: string;
  userId: string;
}

interface MembersRequest {
  conversationId: string;
  cursor: string | undefined;
}

interface NewRole extends MemberRef {
  role: Role;
}

interface PageRequest {
  conversationId: string;
  beforeSeq?: number | undefined;
  afterSeq?: number | undefined;
  /** The id of a message: those on both sides of it, and itself. */
  around?: string | undefined;
  limit: number;
}

interface ChangesRequest {
  conversationId: string;
  epoch: string;
  afterOffset: number;
}

interface SendRequest {
  senderId: string;
  conversationId: string;
  clientMsgId: string;
  text: string;
  /** The message that it answers. */
  replyTo?: string | undefined;
  /** The ids of those whom the text names. */
  mentions?: string[] | undefined;
  /** What it carries: a file that was uploaded. */
  attachmentId: string | null;
  /** What it shows of the page that it links to. */
  preview?: { id: string } | undefined;
  /** The message whose text is sent instead. */
  forward?: { messageId: string } | undefined;
}

interface EditRequest extends MessageRef {
  senderId: string;
  opId: string;
  text: string;
  mentions?: string[] | undefined;
}

interface DeleteRequest extends MessageRef {
  senderId: string;
  audience: 'everyone' | 'me';
}

interface ReactionRequest extends MessageRef {
  senderId: string;
  /** Null takes it back. */
  emoji: string | null;
}

interface PinRequest extends MessageRef {
  senderId: string;
  /** Seconds; null unpins. */
  forS: number | null;
}

interface StarRequest extends MessageRef {
  senderId: string;
  starred: boolean;
}

interface ArrangeRequest {
  senderId: string;
  conversationId: string;
  settings: ChatSettingsChange;
}

interface ClearRequest {
  senderId: string;
  conversationId: string;
  upToSeq: number;
}

interface ReceiptRequest {
  conversationId: string;
  marks: Watermarks;
}

interface Lifecycle<T> {
  dispatch: (action: UnknownAction) => unknown;
  getState: () => unknown;
  queryFulfilled: Promise<{ data: T }>;
}

const selfIdOf = (lifecycle: Pick<Lifecycle<unknown>, 'getState'>) =>
  selectSelfId(lifecycle.getState() as { session: SessionState });

/** The answer is the chat's newest snapshot. A refusal reaches the screen by the mutation itself. */
export async function takeSnapshot(_: unknown, lifecycle: Lifecycle<Conversation>): Promise<void> {
  const answer = await lifecycle.queryFulfilled.catch(() => null);
  if (!answer) return;
  const selfId = selfIdOf(lifecycle);
  lifecycle.dispatch(snapshotsLoaded({ conversations: [answer.data], selfId }));
}

/** The first page of chats is there soon, the others in few requests. */
const LATER_PAGES_LIMIT = 100;
/** The largest page the contract allows: a long absence is caught up in few requests. */
const CHANGES_LIMIT = 500;

export const chatsApi = baseApi.injectEndpoints({
  endpoints: (build) => ({
    conversations: build.query<ConversationPage, string | undefined>({
      query: (cursor) => ({
        path: 'conversations',
        params: { cursor, limit: cursor === undefined ? undefined : LATER_PAGES_LIMIT },
      }),
    }),
    heads: build.query<HeadPage, string | undefined>({
      query: (cursor) => ({ path: 'conversations/heads', params: { cursor } }),
    }),
    members: build.query<MemberPage, MembersRequest>({
      query: ({ conversationId, cursor }) => ({
        path: `conversations/${conversationId}/members`,
        params: { cursor },
      }),
    }),
    conversation: build.query<Conversation, string>({
      query: (id) => ({ path: `conversations/${id}` }),
    }),
    createConversation: build.mutation<Conversation, NewConversation>({
      query: (body) => ({ path: 'conversations', method: 'POST', body }),
      onQueryStarted: takeSnapshot,
    }),
    openOwnChat: build.mutation<Conversation, void>({
      query: () => ({ path: 'users/me/chat', method: 'PUT' }),
      onQueryStarted: takeSnapshot,
    }),
    addMember: build.mutation<Conversation, MemberRef>({
      query: ({ conversationId, userId }) => ({
        path: `conversations/${conversationId}/members`,
        method: 'POST',
        body: { user_id: userId },
      }),
      onQueryStarted: takeSnapshot,
    }),
    removeMember: build.mutation<null, MemberRef>({
      query: ({ conversationId, userId }) => ({
        path: `conversations/${conversationId}/members/${userId}`,
        method: 'DELETE',
      }),
      onQueryStarted: async ({ conversationId, userId }, lifecycle) => {
        const answer = await lifecycle.queryFulfilled.catch(() => null);
        if (answer && userId === selfIdOf(lifecycle))
          lifecycle.dispatch(chatDropped(conversationId));
      },
    }),
    setRole: build.mutation<Conversation, NewRole>({
      query: ({ conversationId, userId, role }) => ({
        path: `conversations/${conversationId}/members/${userId}/role`,
        method: 'PUT',
        body: { role },
      }),
      onQueryStarted: takeSnapshot,
    }),
    /** Says yes to a chat that a stranger opened, or to coming back to a group. */
    accept: build.mutation<Conversation, string>({
      query: (id) => ({ path: `conversations/${id}/accept`, method: 'POST' }),
      onQueryStarted: takeSnapshot,
    }),
    messages: build.query<MessagePage, PageRequest>({
      query: ({ conversationId, beforeSeq, afterSeq, around, limit }) => ({
        path: `conversations/${conversationId}/messages`,
        params: { before_seq: beforeSeq, after_seq: afterSeq, around, limit },
      }),
    }),
    changes: build.query<Changes, ChangesRequest>({
      query: ({ conversationId, epoch, afterOffset }) => ({
        path: `conversations/${conversationId}/changes`,
        params: { after_offset: afterOffset, epoch, limit: CHANGES_LIMIT },
      }),
    }),
    sendMessage: build.mutation<Message, SendRequest>({
      query: ({ senderId, conversationId, forward, ...message }) => ({
        path: `conversations/${conversationId}/messages`,
        method: 'POST',
        body: {
          client_msg_id: message.clientMsgId,
          ...(forward
            ? { forward_of: forward.messageId }
            : {
                text: message.text,
                reply_to: message.replyTo ?? null,
                mentions: message.mentions ?? [],
                attachment_id: message.attachmentId,
                preview_id: message.preview?.id ?? null,
              }),
        } satisfies NewMessage,
        asUser: senderId,
      }),
    }),
    editMessage: build.mutation<Message, EditRequest>({
      query: ({ senderId, conversationId, messageId, opId, text, mentions = [] }) => ({
        path: `conversations/${conversationId}/messages/${messageId}`,
        method: 'PATCH',
        body: { client_op_id: opId, text, mentions } satisfies MessageEdit,
        asUser: senderId,
      }),
    }),
    deleteMessage: build.mutation<null, DeleteRequest>({
      query: ({ senderId, conversationId, messageId, audience }) => ({
        path: `conversations/${conversationId}/messages/${messageId}`,
        method: 'DELETE',
        params: { for: audience },
        asUser: senderId,
      }),
    }),
    setReaction: build.mutation<null, ReactionRequest>({
      query: ({ senderId, conversationId, messageId, emoji }) => ({
        path: `conversations/${conversationId}/messages/${messageId}/reaction`,
        ...(emoji === null ? { method: 'DELETE' } : { method: 'PUT', body: { emoji } }),
        asUser: senderId,
      }),
    }),
    setPin: build.mutation<null, PinRequest>({
      query: ({ senderId, conversationId, messageId, forS }) => ({
        path: `conversations/${conversationId}/messages/${messageId}/pin`,
        ...(forS === null ? { method: 'DELETE' } : { method: 'PUT', body: { for_s: forS } }),
        asUser: senderId,
      }),
    }),
    setStar: build.mutation<null, StarRequest>({
      query: ({ senderId, conversationId, messageId, starred }) => ({
        path: `conversations/${conversationId}/messages/${messageId}/star`,
        method: starred ? 'PUT' : 'DELETE',
        asUser: senderId,
      }),
    }),
    arrangeChat: build.mutation<ChatSettings, ArrangeRequest>({
      query: ({ senderId, conversationId, settings }) => ({
        path: `conversations/${conversationId}/settings`,
        method: 'PATCH',
        body: settings,
        asUser: senderId,
      }),
    }),
    clearChat: build.mutation<null, ClearRequest>({
      query: ({ senderId, conversationId, upToSeq }) => ({
        path: `conversations/${conversationId}/clear`,
        method: 'POST',
        body: { up_to_seq: upToSeq },
        asUser: senderId,
      }),
    }),
    postReceipt: build.mutation<Watermarks, ReceiptRequest>({
      query: ({ conversationId, marks }) => ({
        path: `conversations/${conversationId}/receipts`,
        method: 'POST',
        body: marks,
      }),
    }),
    searchUsers: build.query<UserList, string>({
      query: (query) => ({ path: 'users', params: { query } }),
      keepUnusedDataFor: 30,
    }),
  }),
});

export const {
  useAcceptMutation,
  useAddMemberMutation,
  useCreateConversationMutation,
  useOpenOwnChatMutation,
  useRemoveMemberMutation,
  useSearchUsersQuery,
  useSetRoleMutation,
} = chatsApi;
