import { baseApi } from './baseApi';
import type { LinkPreview } from './types';

/** Below the hour for which the server keeps a preview that no message has taken. */
const KEPT_S = 40 * 60;

const previewsApi = baseApi.injectEndpoints({
  endpoints: (build) => ({
    /** What is shown of the page at an address; null where that is nothing. */
    linkPreview: build.query<LinkPreview | null, string>({
      query: (url) => ({ path: 'link-previews', method: 'POST', body: { url } }),
      keepUnusedDataFor: KEPT_S,
    }),
  }),
});

export const { useLinkPreviewQuery } = previewsApi;

/** The address of a preview's picture. */
export const previewImageUrl = (id: string): string => `/api/v1/link-previews/${id}/image`;
