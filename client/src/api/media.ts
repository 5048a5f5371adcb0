import { baseApi } from './baseApi';
import type { AttachmentKind, LinkList, MediaPage } from './types';

/** Where on the screen of all that was sent in a chat something stands. */
export type MediaTab = 'media' | 'docs';

const KINDS: Record<MediaTab, readonly AttachmentKind[]> = {
  media: ['picture', 'video'],
  docs: ['file', 'audio'],
};

/** Voice messages are part of what was said. */
export function tabOf(kind: AttachmentKind | undefined): MediaTab | null {
  if (kind === undefined) return null;
  if (KINDS.media.includes(kind)) return 'media';
  return KINDS.docs.includes(kind) ? 'docs' : null;
}

export interface MediaList {
  conversationId: string;
  tab: MediaTab;
}

/** What is asked about the files that messages carry. */
export const mediaApi = baseApi.injectEndpoints({
  endpoints: (build) => ({
    links: build.mutation<LinkList, string[]>({
      query: (ids) => ({ path: 'media/links', method: 'POST', body: { ids } }),
    }),
    /** Messages that carry something, the newest first. */
    media: build.infiniteQuery<MediaPage, MediaList, string | undefined>({
      query: ({ queryArg: { conversationId, tab }, pageParam }) => ({
        path: `conversations/${conversationId}/media`,
        params: { kind: KINDS[tab].join(','), cursor: pageParam },
      }),
      infiniteQueryOptions: {
        initialPageParam: undefined,
        getNextPageParam: ({ next }) => next ?? undefined,
      },
      // Messages may be deleted at any time, and then nothing of them stays.
      keepUnusedDataFor: 0,
    }),
  }),
});
