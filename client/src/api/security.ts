import { baseApi } from './baseApi';
import type { PasswordChange, SessionList } from './types';

/** Where the user is signed in, and their password. */
const securityApi = baseApi.injectEndpoints({
  endpoints: (build) => ({
    sessions: build.query<SessionList, void>({
      query: () => ({ path: 'users/me/sessions' }),
      providesTags: ['sessions'],
    }),
    /** Null: all but this one. */
    endSession: build.mutation<null, string | null>({
      query: (id) => ({
        path: id === null ? 'users/me/sessions' : `users/me/sessions/${id}`,
        method: 'DELETE',
      }),
      invalidatesTags: ['sessions'],
    }),
    changePassword: build.mutation<null, PasswordChange>({
      query: (body) => ({ path: 'users/me/password', method: 'PUT', body }),
      invalidatesTags: ['sessions'],
    }),
  }),
});

export const { useSessionsQuery, useEndSessionMutation, useChangePasswordMutation } = securityApi;
