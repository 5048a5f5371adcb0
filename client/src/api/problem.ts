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
    };

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

/** True where the same request may succeed later: nobody answered, or the backend was not there. */
export function isTransient(problem: Problem): boolean {
  return problem.kind === 'network' || problem.status >= 500 || problem.status === 429;
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
  };
}

/** `Retry-After` is a number of seconds or a date (RFC 9110, 10.2.3). */
function retryAfterMs(value: string | null): number | null {
  if (value === null || value.trim() === '') return null;
  const seconds = Number(value);
  const ms = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1_000;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

const SENTENCES: Record<string, string> = {
  handle_taken: 'That handle is taken. Choose another one.',
  sign_up_closed: 'This server is not open for new accounts.',
  invalid_credentials: 'Handle or password is wrong.',
  not_a_group: 'A direct chat always has two people.',
  client_msg_id_reused: 'This message was already sent in another chat.',
  text_empty: 'The message is empty.',
  too_many_members: 'The group has as many people as it may have.',
  too_many_chats:
    'You, or somebody you chose, is in as many chats as a person may be. Leave some chats first.',
  blocked: 'This person takes no messages or invitations from you.',
  blocking: 'You have blocked this person. Unblock them first.',
  may_not_be_added:
    'Somebody you chose does not let you add them to groups. Send them a message instead.',
  request_full: 'A request has room for three messages. Wait until this person accepts it.',
  asked_recently:
    'Somebody who left this group was asked back this week already. Send them a message instead, or ask again later.',
  too_many_blocks: 'You have blocked as many people as one may. Unblock some of them first.',
  role_too_low: 'Your role in this group does not allow this. Ask its owner or an admin.',
  not_accepted: 'Accept the request first.',
};

/** The server's details are phrases; the interface speaks in sentences. */
function sentence(phrase: string): string {
  const capital = phrase.charAt(0).toUpperCase() + phrase.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** Shorter than anybody takes to read the sentence and press the button again. */
const AT_ONCE_MS = 3_000;

function tryAgain(ms: number | null): string {
  return ms === null || ms <= AT_ONCE_MS ? 'Try again.' : `Try again in ${waitInWords(ms)}.`;
}

/** What happened and what to do, for a person. */
export function describeProblem(problem: Problem): string {
  if (problem.kind === 'network') return 'No connection to the server. Check your network.';
  const known = SENTENCES[problem.code];
  if (known) return known;
  if (problem.status === 429) {
    const refusal =
      problem.code === 'too_many_attempts' ? 'Too many attempts.' : 'That was too much at once.';
    return `${refusal} ${tryAgain(problem.retryAfterMs)}`;
  }
  if (problem.status === 404) return 'This chat is no longer available to you.';
  if (problem.status === 413) return 'The message is too long.';
  if (problem.status >= 500) {
    return `The server is not available right now. ${tryAgain(problem.retryAfterMs)}`;
  }
  return sentence(problem.detail ?? 'The server did not accept this');
}
