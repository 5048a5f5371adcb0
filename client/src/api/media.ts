import { baseApi } from './baseApi';
import type { LinkList } from './types';

/** What is asked about the files that messages carry. */
export const mediaApi = baseApi.injectEndpoints({
  endpoints: (build) => ({
    links: build.mutation<LinkList, string[]>({
      query: (ids) => ({ path: 'media/links', method: 'POST', body: { ids } }),
    }),
  }),
});
