import { baseApi } from './baseApi';
import { takeSnapshot } from './chats';
import type { Conversation, Invitation, Invite, InviteList } from './types';

/** Links by which people come into a group. */
const invitesApi = baseApi.injectEndpoints({
  endpoints: (build) => ({
    invites: build.query<InviteList, string>({
      query: (conversationId) => ({ path: `conversations/${conversationId}/invites` }),
      providesTags: ['invites'],
    }),
    createInvite: build.mutation<Invite, string>({
      query: (conversationId) => ({
        path: `conversations/${conversationId}/invites`,
        method: 'POST',
        body: {},
      }),
      invalidatesTags: ['invites'],
    }),
    revokeInvite: build.mutation<null, { conversationId: string; inviteId: string }>({
      query: ({ conversationId, inviteId }) => ({
        path: `conversations/${conversationId}/invites/${inviteId}`,
        method: 'DELETE',
      }),
      invalidatesTags: ['invites'],
    }),
    invitation: build.query<Invitation, string>({
      query: (token) => ({ path: `invites/${encodeURIComponent(token)}` }),
    }),
    acceptInvitation: build.mutation<Conversation, string>({
      query: (token) => ({ path: `invites/${encodeURIComponent(token)}/accept`, method: 'POST' }),
      onQueryStarted: takeSnapshot,
    }),
  }),
});

export const {
  useInvitesQuery,
  useCreateInviteMutation,
  useRevokeInviteMutation,
  useInvitationQuery,
  useAcceptInvitationMutation,
} = invitesApi;
