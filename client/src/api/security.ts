import { sessionEnded } from '@/model/session';
import { baseApi } from './baseApi';
import type {
  AccountDeletion,
  BothFactors,
  KnownPassword,
  PasswordChange,
  RecoveryCodes,
  SecondFactor,
  SessionList,
  ShownCode,
  TotpSecret,
} from './types';

/** Where the user is signed in, their password, and what is asked for besides it. */
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
    secondFactor: build.query<SecondFactor, void>({
      query: () => ({ path: 'users/me/second-factor' }),
      providesTags: ['secondFactor'],
    }),
    /** Makes a secret, which nothing is asked of until it is confirmed. */
    offerSecondFactor: build.mutation<TotpSecret, KnownPassword>({
      query: (body) => ({ path: 'users/me/second-factor', method: 'POST', body }),
      invalidatesTags: (_, error) => (error ? ['secondFactor'] : []),
    }),
    confirmSecondFactor: build.mutation<RecoveryCodes, ShownCode>({
      query: (body) => ({ path: 'users/me/second-factor/confirm', method: 'POST', body }),
      invalidatesTags: ['secondFactor'],
    }),
    deleteAccount: build.mutation<null, AccountDeletion>({
      query: (body) => ({ path: 'users/me', method: 'DELETE', body }),
      onQueryStarted: async (_, { dispatch, queryFulfilled }) => {
        const answer = await queryFulfilled.catch(() => null);
        if (answer) dispatch(sessionEnded('signed-out'));
      },
    }),
    endSecondFactor: build.mutation<null, BothFactors>({
      query: (body) => ({ path: 'users/me/second-factor', method: 'DELETE', body }),
      invalidatesTags: ['secondFactor'],
    }),
  }),
});

export const {
  useSessionsQuery,
  useEndSessionMutation,
  useChangePasswordMutation,
  useSecondFactorQuery,
  useOfferSecondFactorMutation,
  useConfirmSecondFactorMutation,
  useEndSecondFactorMutation,
  useDeleteAccountMutation,
} = securityApi;
