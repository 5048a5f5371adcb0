import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { Problem } from '@/api/problem';
import type { Told, UploadPort } from '@/api/uploads';
import type { Attachment, NewUpload, Upload } from '@/api/types';
import { anAttachment } from '@/testing/fixtures';
import { digestOf, upload } from './upload';

const PART_BYTES = 4;
const CONTENT = 'ten bytes!';
const WANTED: NewUpload = { client_upload_id: 'm1', name: 'a.txt', size: CONTENT.length };

const refused = (status: number, code: string, offset?: number): Problem => ({
  kind: 'http',
  status,
  code,
  detail: null,
  retryAfterMs: null,
  offset,
});
const NETWORK: Problem = { kind: 'network' };

/** A core that keeps what it is sent, and says what the test has it say before. */
class FakeCore implements UploadPort {
  taken = '';
  uploads = 0;
  readonly cancelled: string[] = [];
  /** What the next parts, and then the next completions, are answered instead. */
  readonly partAnswers: (Problem | null)[] = [];
  readonly endAnswers: (Problem | null)[] = [];
  readonly beginAnswers: (Problem | null)[] = [];

  begin = (): Promise<Told<Upload>> => {
    const error = this.beginAnswers.shift();
    if (error) return Promise.resolve({ error });
    if (this.uploads === 0) this.uploads = 1;
    return Promise.resolve({
      data: {
        id: `u${this.uploads}`,
        offset: this.taken.length,
        part_bytes: PART_BYTES,
        size: CONTENT.length,
        expires_at: '',
      },
    });
  };

  put = (
    _: string,
    offset: number,
    bytes: Uint8Array<ArrayBuffer>,
    digest: string,
  ): Promise<Told<{ offset: number }>> => {
    const error = this.partAnswers.shift();
    if (error) return Promise.resolve({ error });
    expect(digest).toBe(createHash('sha256').update(bytes).digest('base64'));
    if (offset !== this.taken.length) {
      const error = refused(409, 'wrong_offset', this.taken.length);
      return Promise.resolve({ error });
    }
    this.taken += new TextDecoder().decode(bytes);
    return Promise.resolve({ data: { offset: this.taken.length } });
  };

  complete = (): Promise<Told<Attachment>> => {
    const error = this.endAnswers.shift();
    return Promise.resolve(error ? { error } : { data: anAttachment() });
  };

  cancel = (id: string): Promise<Told<null>> => {
    this.cancelled.push(id);
    this.forget();
    return Promise.resolve({ data: null });
  };

  forget(): void {
    this.taken = '';
    this.uploads += 1;
  }
}

function send(core: FakeCore) {
  const progress: number[] = [];
  const begun: string[] = [];
  const steps = {
    onBegun: (id: string) => begun.push(id),
    onProgress: (bytes: number) => progress.push(bytes),
  };
  const file = new Blob([CONTENT]);
  return { told: upload(core, WANTED, file, steps), progress, begun };
}

describe('an upload', () => {
  it('goes in parts with the digest of each, and tells how far it is', async () => {
    const core = new FakeCore();
    const { told, progress, begun } = send(core);
    expect(await told).toEqual({ data: anAttachment() });
    expect(core.taken).toBe(CONTENT);
    expect(progress).toEqual([0, 4, 8, 10]);
    expect(begun).toEqual(['u1']);
  });

  it('that was cut off goes on where the core is, and sends nothing twice', async () => {
    const core = new FakeCore();
    core.partAnswers.push(null, NETWORK);
    expect(await send(core).told).toEqual({ error: NETWORK });
    expect(core.taken).toBe('ten ');
    const { told, progress } = send(core);
    expect((await told).data).toBeDefined();
    expect(core.taken).toBe(CONTENT);
    expect(progress).toEqual([4, 8, 10]);
  });

  it('believes the core that has gone further', async () => {
    const core = new FakeCore();
    core.taken = 'ten ';
    core.partAnswers.push(refused(409, 'wrong_offset', 4));
    expect((await send(core).told).data).toBeDefined();
    expect(core.taken).toBe(CONTENT);
  });

  it('sends the end once more to a core that has lost it', async () => {
    const core = new FakeCore();
    core.endAnswers.push(refused(409, 'upload_incomplete', 4));
    const { complete } = core;
    core.complete = () => {
      if (core.endAnswers.length > 0) core.taken = 'ten ';
      return complete();
    };
    expect((await send(core).told).data).toBeDefined();
    expect(core.taken).toBe(CONTENT);
  });

  it.each(['digest_mismatch', 'part_cut_off'])('sends a part again after %s', async (code) => {
    const core = new FakeCore();
    core.partAnswers.push(null, refused(422, code), refused(422, code));
    expect((await send(core).told).data).toBeDefined();
    expect(core.taken).toBe(CONTENT);
  });

  it('begins anew where it was forgotten, and where other bytes have come', async () => {
    const core = new FakeCore();
    core.taken = 'xxxx';
    core.partAnswers.push(refused(409, 'part_differs'));
    const { told, begun } = send(core);
    expect((await told).data).toBeDefined();
    expect(core.cancelled).toEqual(['u1']);
    expect(begun).toEqual(['u1', 'u2']);

    const other = new FakeCore();
    other.partAnswers.push(null, refused(404, 'not_found'));
    const put = other.put;
    other.put = async (...part) => {
      const answer = await put(...part);
      if (answer.error?.kind === 'http' && answer.error.code === 'not_found') other.forget();
      return answer;
    };
    expect((await send(other).told).data).toBeDefined();
    expect(other.taken).toBe(CONTENT);
  });

  it('gives up what is spoilt for ever, to be tried later', async () => {
    const core = new FakeCore();
    const spoilt = refused(422, 'digest_mismatch');
    core.partAnswers.push(...Array.from({ length: 20 }, () => spoilt));
    expect(await send(core).told).toEqual({ error: spoilt });
    expect(core.partAnswers.length).toBeGreaterThan(5);
  });

  it.each([
    ['beginAnswers', refused(507, 'quota_exceeded')],
    ['beginAnswers', refused(413, 'file_too_large')],
    ['beginAnswers', refused(429, 'too_many_uploads')],
    ['endAnswers', refused(422, 'picture_broken')],
    ['endAnswers', refused(503, 'busy')],
  ] as const)('hands on what the core refuses: %s %o', async (when, problem) => {
    const core = new FakeCore();
    core[when].push(problem);
    expect(await send(core).told).toEqual({ error: problem });
  });
});

it('the digest is the same where the browser computes none', async () => {
  const bytes = new TextEncoder().encode(CONTENT);
  const own = await digestOf(bytes);
  // A page that came by plain http has this much.
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
  try {
    expect(await digestOf(bytes)).toBe(own);
  } finally {
    vi.unstubAllGlobals();
  }
  expect(own).toBe(createHash('sha256').update(bytes).digest('base64'));
});
