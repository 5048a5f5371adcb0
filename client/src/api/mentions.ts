import { baseApi } from './baseApi';
import type { MentionList } from './types';

export const mentionsApi = baseApi.injectEndpoints({
  endpoints: (build) => ({
    /** Unread messages of a chat that name the user, the oldest first. */
    mentions: build.query<MentionList, string>({
      query: (conversationId) => ({ path: `conversations/${conversationId}/mentions` }),
      keepUnusedDataFor: 0,
    }),
  }),
});
