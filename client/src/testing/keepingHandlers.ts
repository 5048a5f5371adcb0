/** The backend's routes for stars, drafts, the info of messages and finding them. */
import { http, HttpResponse, type HttpResponseResolver } from 'msw';
import type { NewDraft } from '@/api/types';
import type { Answer, Backend } from './backend';
import { messageOf } from './reactionHandlers';

/** `changing` makes a handler of what the test may have refused. */
export function keepingHandlers(
  backend: Backend,
  changing: (answer: Answer) => HttpResponseResolver,
) {
  const star = changing((request, id) => {
    backend.star(messageOf(request), request.method === 'PUT', id);
    return new HttpResponse(null, { status: 204 });
  });
  const starred = changing((request) => {
    const all = [...backend.rooms.values()]
      .flatMap(({ messages }) => messages)
      .filter((message) => message.starred)
      .map((message) => ({ message, starred_at: '2026-01-06T00:00:00.000000Z' }));
    const from = Number(new URL(request.url).searchParams.get('cursor') ?? 0);
    const to = from + backend.membersPerPage;
    return { starred: all.slice(from, to), next: to < all.length ? String(to) : null };
  });
  const found = changing((request) => {
    const asked = new URL(request.url).searchParams;
    const wanted = (asked.get('q') ?? '').toLowerCase();
    const all = [...backend.rooms]
      .filter(([id]) => [null, id].includes(asked.get('conversation_id')))
      .flatMap(([, { messages }]) => messages)
      .filter(({ text, sender_id: sender }) => {
        return (
          text.toLowerCase().includes(wanted) && [null, sender].includes(asked.get('sender_id'))
        );
      })
      .toSorted((a, b) => (a.id < b.id ? 1 : -1));
    const from = Number(asked.get('cursor') ?? 0);
    const to = from + backend.membersPerPage;
    return { messages: all.slice(from, to), next: to < all.length ? String(to) : null };
  });
  const info = changing(() => ({ members: backend.reached, next: null }));

  const draft = changing(async (request, id) => {
    const { text, reply_to } = (await request.json()) as NewDraft;
    backend.keepDraft(text, reply_to ?? null, id);
    return new HttpResponse(null, { status: 204 });
  });

  const message = '*/api/v1/conversations/:id/messages/:message';
  return [
    http.put(`${message}/star`, star),
    http.delete(`${message}/star`, star),
    http.get(`${message}/info`, info),
    http.get('*/api/v1/starred', starred),
    http.get('*/api/v1/messages/search', found),
    http.put('*/api/v1/conversations/:id/draft', draft),
  ];
}
