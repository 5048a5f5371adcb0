import { personChanged } from '@/model/people';
import { selfChanged } from '@/model/session';
import { baseApi } from './baseApi';
import type { Conversation, InfoChange, Profile, ProfileChange } from './types';

interface Lifecycle {
  dispatch: (action: ReturnType<typeof selfChanged> | ReturnType<typeof personChanged>) => unknown;
  queryFulfilled: Promise<{ data: Profile }>;
}

/** What the server has taken is shown at once; the user's other devices hear of it. */
async function takeProfile(_: unknown, { dispatch, queryFulfilled }: Lifecycle): Promise<void> {
  // A refusal reaches the form through the mutation's own result.
  const answer = await queryFulfilled.catch(() => null);
  if (!answer) return;
  const { id, display_name, picture_id = null } = answer.data;
  dispatch(selfChanged({ id, display_name, picture_id }));
  dispatch(personChanged({ id, display_name, picture_id }));
}

/** What people and groups show of themselves. */
const profilesApi = baseApi.injectEndpoints({
  endpoints: (build) => ({
    ownProfile: build.query<Profile, void>({
      query: () => ({ path: 'users/me' }),
      providesTags: ['profiles'],
    }),
    profile: build.query<Profile, string>({
      query: (userId) => ({ path: `users/${userId}` }),
      providesTags: ['profiles'],
    }),
    changeProfile: build.mutation<Profile, ProfileChange>({
      query: (body) => ({ path: 'users/me', method: 'PATCH', body }),
      invalidatesTags: ['profiles'],
      onQueryStarted: takeProfile,
    }),
    /** Null: no picture any more. */
    setOwnPicture: build.mutation<Profile, string | null>({
      query: (attachmentId) => ({ path: 'users/me/picture', ...pictureCall(attachmentId) }),
      onQueryStarted: takeProfile,
    }),
    changeGroup: build.mutation<Conversation, InfoChange & { conversationId: string }>({
      query: ({ conversationId, ...body }) => ({
        path: `conversations/${conversationId}`,
        method: 'PATCH',
        body,
      }),
    }),
    setGroupPicture: build.mutation<
      Conversation,
      { conversationId: string; attachmentId: string | null }
    >({
      query: ({ conversationId, attachmentId }) => ({
        path: `conversations/${conversationId}/picture`,
        ...pictureCall(attachmentId),
      }),
    }),
  }),
});

function pictureCall(attachmentId: string | null) {
  return attachmentId === null
    ? ({ method: 'DELETE' } as const)
    : ({ method: 'PUT', body: { attachment_id: attachmentId } } as const);
}

export const {
  useOwnProfileQuery,
  useProfileQuery,
  useChangeProfileMutation,
  useSetOwnPictureMutation,
  useChangeGroupMutation,
  useSetGroupPictureMutation,
} = profilesApi;
