/** The backend's routes for links into groups. */
import { http, HttpResponse, type HttpResponseResolver } from 'msw';
import type { Invite } from '@/api/types';
import type { Answer, Backend } from './backend';
import { ADA } from './fixtures';
import { problem } from './problem';

/** `changing` makes a handler of what the test may have refused. */
export function inviteHandlers(
  backend: Backend,
  changing: (answer: Answer) => HttpResponseResolver,
) {
  const tokenOf = (request: Request) => new URL(request.url).pathname.split('/')[4];
  const chatOf = (request: Request) =>
    [...backend.invites].find(([, { token }]) => token === tokenOf(request))?.[0];
  const invites = '*/api/v1/conversations/:id/invites';
  return [
    http.get(
      invites,
      changing((_, id) => {
        const invite = backend.invites.get(id);
        return { invites: invite ? [invite] : [] };
      }),
    ),
    http.post(
      invites,
      changing((_, id) => {
        const number = backend.requests.filter((name) => name.endsWith('/invites')).length;
        const invite: Invite = {
          id: `invite-${number}`,
          token: `token-${number}`,
          created_by: ADA.id,
          created_at: '2026-01-05T09:00:00.000000Z',
          expires_at: null,
          max_uses: null,
          uses: 0,
        };
        backend.invites.set(id, invite);
        return HttpResponse.json(invite, { status: 201 });
      }),
    ),
    http.delete(
      `${invites}/:invite`,
      changing((_, id) => {
        backend.invites.delete(id);
        return new HttpResponse(null, { status: 204 });
      }),
    ),
    http.get(
      '*/api/v1/invites/:token',
      changing((request) => {
        const id = chatOf(request);
        if (id === undefined) return problem(404, 'not_found');
        const { title, member_count } = backend.snapshot(id);
        return { title, member_count, is_member: false, expires_at: null };
      }),
    ),
    http.post(
      '*/api/v1/invites/:token/accept',
      changing((request) => {
        const id = chatOf(request);
        return id === undefined
          ? problem(404, 'not_found')
          : HttpResponse.json(backend.snapshot(id));
      }),
    ),
  ];
}
