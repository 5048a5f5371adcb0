import { beforeEach, describe, expect, it } from 'vitest';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { refreshSession } from './baseApi';
import { chatsApi } from './chats';
import { describeProblem, problemOf } from './problem';

let stack: Stack;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
  await signIn(stack);
});

const load = (id: string) =>
  stack.store.dispatch(
    chatsApi.endpoints.conversation.initiate(id, { subscribe: false, forceRefetch: true }),
  );

describe('a request', () => {
  it('whose token has expired is sent again with a new one', async () => {
    stack.backend.tokenNumber += 1;
    const { data } = await load('c1');
    expect(data?.id).toBe('c1');
    expect(stack.backend.count('GET conversations/c1')).toBe(2);
  });

  it('refreshes the session once for many', async () => {
    const before = stack.backend.count('POST auth/refresh');
    await Promise.all([refreshSession(stack.store), refreshSession(stack.store)]);
    expect(stack.backend.count('POST auth/refresh')).toBe(before + 1);
  });

  it('ends the session when there is nothing to refresh', async () => {
    stack.backend.tokenNumber += 1;
    stack.backend.signedIn = false;
    const { error } = await load('c1');
    expect(error).toMatchObject({ status: 401 });
    expect(stack.store.getState().session).toMatchObject({ status: 'anonymous', user: null });
  });
});

describe('a problem', () => {
  it('keeps the stable code and the wait', async () => {
    const response = Response.json(
      { code: 'too_many_attempts', detail: 'Slow down' },
      { status: 429, headers: { 'retry-after': '7' } },
    );
    expect(await problemOf(response)).toEqual({
      kind: 'http',
      status: 429,
      code: 'too_many_attempts',
      detail: 'Slow down',
      retryAfterMs: 7_000,
    });
  });

  it('from a proxy has no code of its own', async () => {
    const problem = await problemOf(new Response('<html>', { status: 502 }));
    expect(problem).toMatchObject({ code: 'http_502', detail: null, retryAfterMs: null });
    expect(describeProblem(problem)).toContain('not available');
  });
});
