/** The backend's routes for where the user is signed in, and for their password. */
import { http, HttpResponse, type HttpResponseResolver } from 'msw';
import type { Answer, Backend } from './backend';
import { problem } from './problem';

/** `changing` makes a handler of what the test may have refused. */
export function securityHandlers(
  backend: Backend,
  changing: (answer: Answer) => HttpResponseResolver,
) {
  const done = () => new HttpResponse(null, { status: 204 });
  return [
    http.get(
      '*/api/v1/users/me/sessions',
      changing(() => ({ sessions: backend.sessions })),
    ),
    http.delete(
      '*/api/v1/users/me/sessions',
      changing(() => {
        backend.sessions = backend.sessions.filter(({ current }) => current);
        return done();
      }),
    ),
    http.delete(
      '*/api/v1/users/me/sessions/:session',
      changing((request) => {
        backend.sessions = backend.sessions.filter(({ id }) => !request.url.endsWith(`/${id}`));
        return done();
      }),
    ),
    http.put(
      '*/api/v1/users/me/password',
      changing(async (request) => {
        const { current_password: current } = (await request.json()) as {
          current_password: string;
        };
        if (current !== 'right') return problem(403, 'wrong_password');
        backend.sessions = backend.sessions.filter((session) => session.current);
        return done();
      }),
    ),
  ];
}
