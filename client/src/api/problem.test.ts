import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { isText, loadLaterTexts } from '@/i18n/i18n';
import { describeProblem, problemOf } from './problem';

async function told(status: number, code: string, retryAfter?: string): Promise<string> {
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  const body = JSON.stringify({ status, code, detail: 'the detail' });
  return describeProblem(await problemOf(new Response(body, { status, headers })));
}

describe('a refusal', () => {
  it('says how long to wait', async () => {
    expect(await told(429, 'too_many_attempts', '900')).toBe(
      'Too many attempts. Try again in 15 minutes.',
    );
    expect(await told(429, 'too_many_attempts', '61')).toContain('in 61 seconds');
    expect(await told(429, 'rate_limited', '30')).toContain('in 30 seconds');
    expect(await told(503, 'busy', '7200')).toContain('in 2 hours');
  });

  it('reads the date that a server may give instead of seconds', async () => {
    vi.useFakeTimers({ now: new Date('2026-01-05T10:00:00Z'), toFake: ['Date'] });
    expect(await told(429, 'too_many_attempts', 'Mon, 05 Jan 2026 10:10:00 GMT')).toContain(
      'in 10 minutes',
    );
  });

  it('just says to try again where the wait is short, unknown or nonsense', async () => {
    for (const retryAfter of [undefined, '1', 'soon', '']) {
      expect(await told(503, 'store_unavailable', retryAfter)).toBe(
        'The server is not available right now. Try again.',
      );
    }
  });

  it('says what people may not do to each other, and what to do instead', async () => {
    const codes: [number, string, RegExp][] = [
      [403, 'blocked', /takes no messages/],
      [409, 'blocking', /Unblock them first/],
      [403, 'may_not_be_added', /Send them a message instead/],
      [403, 'request_full', /Wait until this person accepts/],
      [403, 'asked_recently', /ask again later/],
      [422, 'too_many_blocks', /Unblock some of them first/],
      [403, 'role_too_low', /Ask its owner or an admin/],
      [409, 'not_accepted', /Accept the request first/],
      [409, 'not_a_group', /always has two people/],
      [422, 'too_many_members', /as many people as it may have/],
      [422, 'too_many_chats', /Leave some chats first/],
    ];
    for (const [status, code, words] of codes) expect(await told(status, code)).toMatch(words);
  });
});

/** Said by their status, or brought about by no button of this client. */
const UNSAID = new Set([
  'archived_and_pinned',
  'bad_invite_life',
  'bad_invite_uses',
  'bad_lifetime',
  'bad_pin_time',
  'bad_signature',
  'file_was_sent',
  'forward_with_text',
  'link_expired',
  'no_forward_of',
  'not_found',
  'part_differs',
  'store_unavailable',
  'too_many_attempts',
  'too_many_uploads',
  'upload_incomplete',
  'wrong_offset',
  'wrong_part_size',
]);

it('has a sentence for every refusal of the core', async () => {
  await loadLaterTexts();
  const source = readFileSync('../core-service/src/adapters/inbound/http/problem.rs', 'utf8');
  const codes = [...source.matchAll(/S::[A-Z_]+, "(\w+)"/g)].map(([, code]) => code ?? '');
  expect(codes.length).toBeGreaterThan(60);
  const unsaid = codes.filter((code) => !isText(`problem.code.${code}`));
  expect([...new Set(unsaid)].sort()).toEqual([...UNSAID].sort());
});
