import { baseApi } from './baseApi';
import type { FoundPage, Message } from './types';

/** What carries nothing, what has a link, and each kind of attachment. */
export type FoundKind = 'text' | 'link' | 'picture' | 'video' | 'audio' | 'voice' | 'file';

/** What is looked for: messages that have a word beginning with each of those in `q`. */
export interface Wanted {
  q: string;
  conversationId?: string | undefined;
  senderId?: string | undefined;
  kind?: FoundKind | undefined;
  /** Only messages from then on, as RFC 3339 writes it. */
  from?: string | undefined;
  /** Only messages from before, as RFC 3339 writes it. */
  until?: string | undefined;
}

const searchApi = baseApi.injectEndpoints({
  endpoints: (build) => ({
    foundMessages: build.infiniteQuery<FoundPage, Wanted, string | undefined>({
      query: ({ queryArg: { q, conversationId, senderId, kind, from, until }, pageParam }) => ({
        path: 'messages/search',
        params: {
          q,
          conversation_id: conversationId,
          sender_id: senderId,
          kind,
          from,
          until,
          cursor: pageParam,
        },
      }),
      infiniteQueryOptions: {
        initialPageParam: undefined,
        getNextPageParam: ({ next }) => next ?? undefined,
      },
      // A message may be deleted at any time, and then nothing of it stays.
      keepUnusedDataFor: 0,
    }),
  }),
});

export const { useFoundMessagesInfiniteQuery } = searchApi;

/** The searches that are on the screen, as they were asked. */
export const selectSearches = (
  state: Parameters<typeof searchApi.util.selectCachedArgsForQuery>[0],
) => searchApi.util.selectCachedArgsForQuery(state, 'foundMessages');

/** Changes what one of them has found. */
export const updateFound = (wanted: Wanted, keep: (message: Message) => boolean) =>
  searchApi.util.updateQueryData('foundMessages', wanted, ({ pages }) => {
    for (const page of pages) page.messages = page.messages.filter(keep);
  });
