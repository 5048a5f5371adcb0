import { sessionEnded, sessionStarted } from '@/model/session';
import { baseApi } from './baseApi';
import type { ClientConfig, Credentials, Registration, Session } from './types';

export const authApi = baseApi.injectEndpoints({
  endpoints: (build) => ({
    clientConfig: build.query<ClientConfig, void>({
      query: () => ({ path: 'client-config', anonymous: true }),
      keepUnusedDataFor: 3_600,
    }),
    register: build.mutation<Session, Registration>({
      query: (body) => ({ path: 'auth/register', method: 'POST', body, anonymous: true }),
      onQueryStarted: startSession,
    }),
    login: build.mutation<Session, Credentials>({
      query: (body) => ({ path: 'auth/login', method: 'POST', body, anonymous: true }),
      onQueryStarted: startSession,
    }),
    logout: build.mutation<null, void>({
      query: () => ({ path: 'auth/logout', method: 'POST', anonymous: true }),
      // Only the server can take the cookie away, so without its answer nobody is logged out.
      onQueryStarted: async (_, { dispatch, queryFulfilled }) => {
        const answer = await queryFulfilled.catch(() => null);
        if (answer) dispatch(sessionEnded('signed-out'));
      },
    }),
  }),
});

async function startSession(
  _: Credentials,
  lifecycle: {
    dispatch: (action: ReturnType<typeof sessionStarted>) => unknown;
    queryFulfilled: Promise<{ data: Session }>;
  },
): Promise<void> {
  // A refusal reaches the form through the mutation's own result.
  const answer = await lifecycle.queryFulfilled.catch(() => null);
  if (answer) lifecycle.dispatch(sessionStarted(answer.data));
}

export const { useClientConfigQuery, useRegisterMutation, useLoginMutation, useLogoutMutation } =
  authApi;
