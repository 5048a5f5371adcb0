import { baseApi } from './baseApi';
import { takeSnapshot } from './chats';
import type { Conversation } from './types';

export const disappearingApi = baseApi.injectEndpoints({
  endpoints: (build) => ({
    /** How long messages are kept that are written from now on; 0 is for ever. */
    setLifetime: build.mutation<Conversation, { conversationId: string; seconds: number }>({
      query: ({ conversationId, seconds }) => ({
        path: `conversations/${conversationId}/disappearing`,
        method: 'PUT',
        body: { seconds },
      }),
      onQueryStarted: takeSnapshot,
    }),
  }),
});

export const { useSetLifetimeMutation } = disappearingApi;
