import { isText, t } from '@/i18n/i18n';
import { waitInWords } from '@/lib/time';

/** Why a request failed, as the rest of the client sees it. */
export type Problem =
  | { kind: 'network' }
  | {
      kind: 'http';
      status: number;
      /** The stable code of the problem document, or `http_<status>` where there is none. */
      code: string;
      detail: string | null;
      /** From `Retry-After`. */
      retryAfterMs: number | null;
      /** Of an upload: where its next part begins. */
      offset?: number | undefined;
    };

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

/** Whether the server has refused by this code. */
export function hasCode(problem: Problem, code: string): boolean {
  return problem.kind === 'http' && problem.code === code;
}

/** True where the same request may succeed later: nobody answered, or the backend was not there. */
export function isTransient(problem: Problem): boolean {
  if (problem.kind === 'network' || problem.status === 429) return true;
  // Whoever has no room left has none in a minute either.
  return problem.status >= 500 && problem.status !== 507;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Reads an error response; a proxy's HTML page becomes a problem without a detail. */
export async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null);
  const fields = typeof body === 'object' && body !== null ? body : {};
  return {
    kind: 'http',
    status: response.status,
    code: ('code' in fields ? text(fields.code) : null) ?? `http_${response.status}`,
    detail: 'detail' in fields ? text(fields.detail) : null,
    retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
    ...('offset' in fields && typeof fields.offset === 'number' ? { offset: fields.offset } : {}),
  };
}

/** `Retry-After` is a number of seconds or a date (RFC 9110, 10.2.3). */
function retryAfterMs(value: string | null): number | null {
  if (value === null || value.trim() === '') return null;
  const seconds = Number(value);
  const ms = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1_000;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/** The server's details are phrases; the interface speaks in sentences. */
function sentence(phrase: string): string {
  const capital = phrase.charAt(0).toUpperCase() + phrase.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** Shorter than anybody takes to read the sentence and press the button again. */
const AT_ONCE_MS = 3_000;

function tryAgain(ms: number | null): string {
  return ms === null || ms <= AT_ONCE_MS
    ? t('problem.again')
    : t('problem.againIn', { wait: waitInWords(ms) });
}

/** What happened and what to do, for a person; the server's English only where nothing else is. */
export function describeProblem(problem: Problem): string {
  if (problem.kind === 'network') return t('problem.network');
  const told = `problem.code.${problem.code}`;
  if (isText(told)) return t(told);
  const again = tryAgain(problem.retryAfterMs);
  if (problem.status === 429) {
    const attempts = problem.code === 'too_many_attempts';
    return t(attempts ? 'problem.tooManyAttempts' : 'problem.tooMuch', { again });
  }
  if (problem.status === 404) return t('problem.gone');
  if (problem.status === 413) return t('problem.tooLong');
  if (problem.status >= 500) return t('problem.unavailable', { again });
  return sentence(problem.detail ?? t('problem.refused'));
}
