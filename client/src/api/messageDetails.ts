import type { MessageRef } from '@/model/chats/slice';
import { baseApi } from './baseApi';
import type { MessageInfoPage, ReactionPage, StarredPage, VersionList } from './types';

/** What is asked about messages when somebody looks at them closely. */
const messageDetailsApi = baseApi.injectEndpoints({
  endpoints: (build) => ({
    reactions: build.infiniteQuery<ReactionPage, MessageRef, string | undefined>({
      query: ({ queryArg: { conversationId, messageId }, pageParam }) => ({
        path: `conversations/${conversationId}/messages/${messageId}/reactions`,
        params: { cursor: pageParam },
      }),
      infiniteQueryOptions: {
        initialPageParam: undefined,
        getNextPageParam: ({ next }) => next ?? undefined,
      },
      // The message may be deleted at any time, and then nothing of it stays.
      keepUnusedDataFor: 0,
    }),
    info: build.infiniteQuery<MessageInfoPage, MessageRef, string | undefined>({
      query: ({ queryArg: { conversationId, messageId }, pageParam }) => ({
        path: `conversations/${conversationId}/messages/${messageId}/info`,
        params: { cursor: pageParam },
      }),
      infiniteQueryOptions: {
        initialPageParam: undefined,
        getNextPageParam: ({ next }) => next ?? undefined,
      },
      keepUnusedDataFor: 0,
    }),
    starred: build.infiniteQuery<StarredPage, void, string | undefined>({
      query: ({ pageParam }) => ({ path: 'starred', params: { cursor: pageParam } }),
      infiniteQueryOptions: {
        initialPageParam: undefined,
        getNextPageParam: ({ next }) => next ?? undefined,
      },
      providesTags: ['starred'],
      keepUnusedDataFor: 0,
    }),
    versions: build.query<VersionList, MessageRef>({
      query: ({ conversationId, messageId }) => ({
        path: `conversations/${conversationId}/messages/${messageId}/versions`,
      }),
      keepUnusedDataFor: 0,
    }),
  }),
});

export const {
  useInfoInfiniteQuery,
  useReactionsInfiniteQuery,
  useStarredInfiniteQuery,
  useVersionsQuery,
} = messageDetailsApi;
