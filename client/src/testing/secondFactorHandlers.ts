/** The backend's routes for what is asked for besides the password, and for the account's end. */
import { http, HttpResponse, type HttpResponseResolver } from 'msw';
import type { Answer, Backend } from './backend';
import { problem } from './problem';

/** The code that the app shows. */
export const APP_CODE = '287082';

const isGood = (backend: Backend, code: string | undefined) =>
  code === APP_CODE || backend.recoveryCodes?.includes(code ?? '') === true;

/** Why somebody whose password is right does not come in yet. */
export function factorRefusal(backend: Backend, code: string | undefined): Response | null {
  if (!backend.recoveryCodes || isGood(backend, code)) return null;
  return code === undefined ? problem(401, 'second_factor_required') : problem(403, 'wrong_code');
}

/** `changing` makes a handler of what the test may have refused. */
export function secondFactorHandlers(
  backend: Backend,
  changing: (answer: Answer) => HttpResponseResolver,
) {
  const bodyOf = async (request: Request) =>
    (await request.json()) as { password?: string; code?: string };
  return [
    http.get(
      '*/api/v1/users/me/second-factor',
      changing(() => ({
        on: backend.recoveryCodes !== null,
        recovery_codes_left: backend.recoveryCodes?.length ?? 0,
      })),
    ),
    http.post(
      '*/api/v1/users/me/second-factor',
      changing(async (request) => {
        const { password } = await bodyOf(request);
        if (password !== 'right') return problem(403, 'wrong_password');
        if (backend.recoveryCodes) return problem(409, 'second_factor_on');
        return {
          secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
          url: 'otpauth://totp/Rookery:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Rookery',
        };
      }),
    ),
    http.post(
      '*/api/v1/users/me/second-factor/confirm',
      changing(async (request) => {
        const { code } = await bodyOf(request);
        if (code !== APP_CODE) return problem(403, 'wrong_code');
        backend.recoveryCodes = ['gayt-emzu-gu3d-oobz', 'mfrg-gzdf-mztw-q2lk'];
        return { recovery_codes: backend.recoveryCodes };
      }),
    ),
    http.delete(
      '*/api/v1/users/me',
      changing(async (request) => {
        const asked = await bodyOf(request);
        if (asked.password !== 'right') return problem(403, 'wrong_password');
        const refusal = factorRefusal(backend, asked.code);
        if (refusal) return refusal;
        backend.deleted = asked;
        backend.signedIn = false;
        return new HttpResponse(null, { status: 204 });
      }),
    ),
    http.delete(
      '*/api/v1/users/me/second-factor',
      changing(async (request) => {
        const { password, code } = await bodyOf(request);
        if (password !== 'right') return problem(403, 'wrong_password');
        if (!isGood(backend, code)) return problem(403, 'wrong_code');
        backend.recoveryCodes = null;
        return new HttpResponse(null, { status: 204 });
      }),
    ),
  ];
}
