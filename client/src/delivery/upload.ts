/**
 * Sends one file in parts. Where it goes on, the core knows: whoever begins again with the same
 * client id, after a lost network or a reload, is told. So this keeps nothing, and a call that fails
 * is simply made again.
 */
import type { Told, UploadPort } from '@/api/uploads';
import type { Attachment, NewUpload } from '@/api/types';
import { hasCode, type Problem } from '@/api/problem';

/**
 * How often one call is corrected by the core: it has another offset than this device, a part came
 * with other bytes, or the upload was forgotten. More than these are a fault that waiting may mend.
 */
const CORRECTIONS = 8;

/** The codes after which the same part is sent once more. */
const SPOILT = ['digest_mismatch', 'part_cut_off', 'part_too_large'];
/** The codes after which a file is sent from its beginning. */
const FORGOTTEN = ['not_found', 'part_differs'];

export interface Steps {
  /** The upload has this id. */
  onBegun: (uploadId: string) => void;
  /** The core has so many bytes. */
  onProgress: (bytes: number) => void;
}

/** SHA-256 in base64. Browsers have it in secure contexts alone; elsewhere a library computes it. */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const { subtle } = crypto as { subtle?: SubtleCrypto };
  const hash = subtle
    ? new Uint8Array(await subtle.digest('SHA-256', bytes))
    : (await import('@noble/hashes/sha2.js')).sha256(bytes);
  return btoa(String.fromCharCode(...hash));
}

/** What the core has said of a part, or of the whole. */
type Outcome = { offset: number } | 'again' | 'anew' | Problem;

function outcomeOf(problem: Problem, offset: number): Outcome {
  if (problem.kind === 'network') return problem;
  const { code } = problem;
  if (code === 'wrong_offset' || code === 'upload_incomplete') {
    return { offset: problem.offset ?? offset };
  }
  if (SPOILT.includes(code)) return 'again';
  return FORGOTTEN.includes(code) ? 'anew' : problem;
}

/** The attachment that the core makes of a file, or why there is none. */
export async function upload(
  port: UploadPort,
  wanted: NewUpload,
  file: Blob,
  { onBegun, onProgress }: Steps,
): Promise<Told<Attachment>> {
  let corrections = 0;
  for (;;) {
    const begun = await port.begin(wanted);
    if (begun.error) return begun;
    const { id, part_bytes: partBytes, size } = begun.data;
    let { offset } = begun.data;
    onBegun(id);
    for (let anew = false; !anew;) {
      onProgress(offset);
      const told =
        offset < size ? await putPart(port, id, offset, partBytes, file) : await port.complete(id);
      if (!told.error) {
        if ('id' in told.data) return { data: told.data };
        ({ offset } = told.data);
        continue;
      }
      const outcome = outcomeOf(told.error, offset);
      if (typeof outcome === 'object' && 'kind' in outcome) return { error: outcome };
      corrections += 1;
      if (corrections > CORRECTIONS) return { error: told.error };
      if (outcome === 'anew') {
        // A part that differs keeps its place until the upload is given up.
        if (hasCode(told.error, 'part_differs')) await port.cancel(id);
        anew = true;
      } else if (outcome !== 'again') ({ offset } = outcome);
    }
  }
}

async function putPart(
  port: UploadPort,
  id: string,
  offset: number,
  partBytes: number,
  file: Blob,
): Promise<Told<{ offset: number }>> {
  const part = file.slice(offset, offset + partBytes);
  const bytes = new Uint8Array(await part.arrayBuffer());
  return port.put(id, offset, bytes, await digestOf(bytes));
}
