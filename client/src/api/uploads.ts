import { request, type Call } from './baseApi';
import type { Problem } from './problem';
import type { Attachment, NewUpload, Upload } from './types';

export type Told<T> = { data: T; error?: undefined } | { data?: undefined; error: Problem };

/** What the core does with files. */
export interface UploadPort {
  /** Begins to send a file, or says where it goes on. */
  begin: (wanted: NewUpload) => Promise<Told<Upload>>;
  /** Sends the part that begins at `offset`; `digest` is its SHA-256, in base64. */
  put: (
    id: string,
    offset: number,
    bytes: Uint8Array<ArrayBuffer>,
    digest: string,
  ) => Promise<Told<{ offset: number }>>;
  /** Makes an attachment of a file that has come whole. */
  complete: (id: string) => Promise<Told<Attachment>>;
  /** Forgets what was sent of it. */
  cancel: (id: string) => Promise<Told<null>>;
}

/** The uploads of one user; `signal` ends what is under way, but for what is cancelled. */
export function uploadPort(
  store: Parameters<typeof request>[1],
  senderId: string,
  signal?: AbortSignal,
): UploadPort {
  const ask = <T>(call: Call) => request({ ...call, asUser: senderId }, store) as Promise<Told<T>>;
  const abortable = signal ? { signal } : {};
  return {
    begin: (body) => ask({ path: 'uploads', method: 'POST', body, ...abortable }),
    put: (id, offset, bytes, digest) =>
      ask({
        path: `uploads/${id}/parts/${offset}`,
        method: 'PUT',
        raw: {
          bytes,
          headers: {
            'content-type': 'application/octet-stream',
            'content-digest': `sha-256=:${digest}:`,
          },
        },
        ...abortable,
      }),
    complete: (id) => ask({ path: `uploads/${id}/complete`, method: 'POST', ...abortable }),
    cancel: (id) => ask({ path: `uploads/${id}`, method: 'DELETE' }),
  };
}
