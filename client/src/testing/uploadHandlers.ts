/** The backend's routes for files: what is sent in parts, what becomes of it, and links to that. */
import { http, HttpResponse, type HttpResponseResolver } from 'msw';
import type { NewUpload } from '@/api/types';
import type { Answer, Backend } from './backend';
import { anAttachment } from './fixtures';

export interface Uploaded {
  id: string;
  wanted: NewUpload;
  bytes: number[];
}

const PART_BYTES = 4;

const problem = (status: number, code: string, offset?: number) =>
  HttpResponse.json({ status, code, title: code, detail: code, offset }, { status });

/** `guarded` makes a handler of what only somebody who is signed in may ask. */
export function uploadHandlers(
  backend: Backend,
  guarded: (answer: Answer) => HttpResponseResolver,
) {
  const find = (request: Request) => {
    const path = new URL(request.url).pathname.split('/');
    const id = path[path.indexOf('uploads') + 1];
    return [...backend.uploads.values()].find((known) => known.id === id);
  };
  const told = ({ id, wanted: { size }, bytes }: Uploaded) => ({
    id,
    size,
    offset: bytes.length,
    part_bytes: PART_BYTES,
    expires_at: '2026-01-07T00:00:00.000000Z',
  });
  /** May be refused by the test. */
  const changing = (answer: Answer) =>
    guarded((request, id) => {
      const failure = backend.uploadFailures.shift();
      if (failure?.status === 0) return HttpResponse.error();
      return failure ? problem(failure.status, failure.code) : answer(request, id);
    });
  const of = (answer: (upload: Uploaded, request: Request) => ReturnType<Answer>) =>
    changing((request) => {
      const upload = find(request);
      return upload ? answer(upload, request) : problem(404, 'not_found');
    });

  const begin = changing(async (request) => {
    const wanted = (await request.json()) as NewUpload;
    const key = wanted.client_upload_id;
    const known = backend.uploads.get(key);
    const upload = known ?? { id: `upload-of-${key}`, wanted, bytes: [] };
    backend.uploads.set(key, upload);
    return HttpResponse.json(told(upload), { status: known ? 200 : 201 });
  });
  const part = of(async (upload, request) => {
    const offset = Number(request.url.split('/').at(-1));
    const bytes = new Uint8Array(await request.arrayBuffer());
    if (offset !== upload.bytes.length) return problem(409, 'wrong_offset', upload.bytes.length);
    upload.bytes.push(...bytes);
    return { offset: upload.bytes.length };
  });
  const complete = of(({ id, wanted, bytes }) => {
    const { name, size, type = '' } = wanted;
    if (bytes.length < size) return problem(409, 'upload_incomplete', bytes.length);
    const kind = type.startsWith('image/') ? 'picture' : 'file';
    const attachment = anAttachment({ id, kind, name, type, size });
    backend.attachments.set(id, attachment);
    return { ...attachment };
  });
  const cancel = of(({ wanted }) => {
    backend.uploads.delete(wanted.client_upload_id);
    return new Response(null, { status: 204 });
  });
  const links = guarded(async (request) => {
    const { ids } = (await request.json()) as { ids: string[] };
    const until = new Date(Date.now() + 3_600_000).toISOString();
    return {
      links: ids
        .filter((id) => backend.attachments.has(id))
        .map((id) => ({
          id,
          url: `/media/${id}`,
          thumbnail_url: `/media/${id}?small`,
          expires_at: until,
        })),
    };
  });

  const media = changing((request, id) => {
    const { searchParams } = new URL(request.url);
    const kinds = searchParams.get('kind')?.split(',') ?? [];
    const all = (backend.rooms.get(id)?.messages ?? [])
      .filter(({ attachment, deleted }) => !deleted && kinds.includes(attachment?.kind ?? ''))
      .reverse();
    const from = Number(searchParams.get('cursor') ?? 0);
    const to = from + backend.membersPerPage;
    return { messages: all.slice(from, to), next: to < all.length ? String(to) : null };
  });

  return [
    http.get('*/api/v1/conversations/:id/media', media),
    http.post('*/api/v1/uploads', begin),
    // Their ids are not those of chats.
    http.put('*/api/v1/uploads/:upload/parts/:offset', part),
    http.post('*/api/v1/uploads/:upload/complete', complete),
    http.delete('*/api/v1/uploads/:upload', cancel),
    http.post('*/api/v1/media/links', links),
  ];
}
