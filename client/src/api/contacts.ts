import { blockChanged } from '@/model/chats/slice';
import { baseApi } from './baseApi';
import type { BlockedPage, PrivacySettings } from './types';

interface Block {
  userId: string;
  blocked: boolean;
}

/** Whom the user blocks, and whom they let add them to groups. */
export const contactsApi = baseApi.injectEndpoints({
  endpoints: (build) => ({
    blocks: build.infiniteQuery<BlockedPage, void, string | undefined>({
      query: ({ pageParam }) => ({ path: 'users/me/blocks', params: { after: pageParam } }),
      infiniteQueryOptions: {
        initialPageParam: undefined,
        getNextPageParam: ({ users, has_more }) => (has_more ? users.at(-1)?.id : undefined),
      },
      providesTags: ['blocks'],
    }),
    setBlock: build.mutation<null, Block>({
      query: ({ userId, blocked }) => ({
        path: `users/me/blocks/${userId}`,
        method: blocked ? 'PUT' : 'DELETE',
      }),
      onQueryStarted: async (block, { dispatch, queryFulfilled }) => {
        // A refusal reaches the screen by the mutation itself.
        const answer = await queryFulfilled.catch(() => null);
        if (answer) dispatch(blockChanged(block));
      },
      invalidatesTags: ['blocks'],
    }),
    privacy: build.query<PrivacySettings, void>({
      query: () => ({ path: 'users/me/settings' }),
    }),
    setPrivacy: build.mutation<null, PrivacySettings>({
      query: (body) => ({ path: 'users/me/settings', method: 'PUT', body }),
      // What was chosen stands there at once, and goes back if the server does not take it.
      onQueryStarted: async (chosen, { dispatch, queryFulfilled }) => {
        const shown = dispatch(
          contactsApi.util.updateQueryData('privacy', undefined, () => chosen),
        );
        await queryFulfilled.catch(() => shown.undo());
      },
    }),
  }),
});

export const {
  useBlocksInfiniteQuery,
  useSetBlockMutation,
  usePrivacyQuery,
  useSetPrivacyMutation,
} = contactsApi;
