/** The backend's routes for reactions and pins, and the names of the emoji. */
import { readFileSync } from 'node:fs';
import { http, HttpResponse, type HttpResponseResolver } from 'msw';
import { withOwn } from '@/model/chats/reactions';
import type { Answer, Backend } from './backend';
import { ADA, BEN, CAT } from './fixtures';

/** The message in `…/messages/:message/…`. */
export const messageOf = (request: Request) =>
  new URL(request.url).pathname.split('/').at(-2) ?? '';

/** What a request sets, which is nothing when it deletes. */
async function bodyOf<T>(request: Request): Promise<Partial<T>> {
  return request.method === 'PUT' ? ((await request.json()) as T) : {};
}

/** `changing` makes a handler of what the test may have refused. */
export function reactionHandlers(
  backend: Backend,
  changing: (answer: Answer) => HttpResponseResolver,
) {
  const find = (request: Request, id: string) =>
    backend.room(id).messages.find((known) => known.id === messageOf(request));

  const react = changing(async (request, id) => {
    const { emoji = null } = await bodyOf<{ emoji: string }>(request);
    const message = find(request, id);
    if (!message) return new HttpResponse(null, { status: 404 });
    backend.react(message.id, withOwn(message, emoji, backend.account.id).reactions, id);
    return new HttpResponse(null, { status: 204 });
  });
  const pin = changing(async (request, id) => {
    const { for_s: forS = null } = await bodyOf<{ for_s: number }>(request);
    backend.pin(messageOf(request), forS, id);
    return new HttpResponse(null, { status: 204 });
  });
  const who = changing((request, id) => {
    const all = (find(request, id)?.reactions ?? []).flatMap(({ emoji, user_ids }) =>
      (user_ids ?? []).map((userId) => ({
        user: [ADA, BEN, CAT].find((person) => person.id === userId) ?? BEN,
        emoji,
        reacted_at: '2026-01-06T00:00:00.000000Z',
      })),
    );
    const from = Number(new URL(request.url).searchParams.get('cursor') ?? 0);
    const to = from + backend.membersPerPage;
    return { reactions: all.slice(from, to), next: to < all.length ? String(to) : null };
  });
  // The page's own server has them.
  const names: HttpResponseResolver = ({ request }) => {
    const file = new URL(request.url).pathname.split('/').slice(-2).join('/');
    return HttpResponse.text(readFileSync(`node_modules/emojibase-data/${file}`, 'utf8'));
  };

  const message = '*/api/v1/conversations/:id/messages/:message';
  return [
    http.put(`${message}/reaction`, react),
    http.delete(`${message}/reaction`, react),
    http.put(`${message}/pin`, pin),
    http.delete(`${message}/pin`, pin),
    http.get(`${message}/reactions`, who),
    http.get(/\/assets\/emoji-/, names),
    http.head(/\/assets\/emoji-/, () => new HttpResponse(null, { headers: { etag: 'one' } })),
  ];
}
