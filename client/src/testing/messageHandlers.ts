/** The backend's routes for messages: pages of them, posting, editing and deleting. */
import { http, HttpResponse, type HttpResponseResolver } from 'msw';
import type { Message, NewMessage } from '@/api/types';
import type { Answer, Backend } from './backend';
import { ADA } from './fixtures';
import { problem } from './problem';

/** The messages that are asked for, as a core chooses them; null where there is none to go around. */
function pageOf(messages: Message[], params: URLSearchParams) {
  const limit = Number(params.get('limit'));
  const around = params.get('around');
  if (around !== null) {
    const at = messages.findIndex(({ id }) => id === around);
    if (at < 0) return null;
    const from = Math.max(0, at - Math.floor(limit / 2));
    const page = messages.slice(from, from + limit);
    return { messages: page, has_more: from > 0, has_newer: page.at(-1) !== messages.at(-1) };
  }
  const after = params.get('after_seq');
  if (after !== null) {
    const newer = messages.filter(({ seq }) => seq > Number(after));
    return { messages: newer.slice(0, limit), has_more: newer.length > limit };
  }
  const before = Number(params.get('before_seq') ?? Number.POSITIVE_INFINITY);
  const older = messages.filter(({ seq }) => seq < before);
  return { messages: older.slice(-limit), has_more: older.length > limit };
}

/** `guarded` makes a handler for who is signed in, `changing` one of what the test may have refused. */
export function messageHandlers(
  backend: Backend,
  guarded: (answer: Answer) => HttpResponseResolver,
  changing: (answer: Answer) => HttpResponseResolver,
) {
  return [
    http.post(
      '*/api/v1/link-previews',
      guarded(async (request) => {
        const { url } = (await request.json()) as { url: string };
        const preview = backend.previews.get(url);
        return preview ? { ...preview } : new HttpResponse(null, { status: 204 });
      }),
    ),
    http.get(
      '*/api/v1/conversations/:id/messages',
      guarded((request, id) => {
        if (backend.pageFailures > 0) {
          backend.pageFailures -= 1;
          return HttpResponse.error();
        }
        const params = new URL(request.url).searchParams;
        const page = pageOf(backend.readable(id), params);
        return page ? { ...page, topic: backend.snapshot(id).topic } : problem(404, 'not_found');
      }),
    ),
    http.get(
      '*/api/v1/conversations/:id/mentions',
      guarded((_, id) => {
        const { read_seq: read } = backend.room(id).conversation;
        const naming = backend.readable(id).filter(({ mentions }) => mentions.includes(ADA.id));
        const unread = naming.filter(({ seq, sender_id }) => seq > read && sender_id !== ADA.id);
        return { mentions: unread.map(({ id: message_id, seq }) => ({ message_id, seq })) };
      }),
    ),
    http.post(
      '*/api/v1/conversations/:id/messages',
      guarded(async (request, id) => {
        const failure = backend.sendFailures.shift();
        if (failure === 0) return HttpResponse.error();
        if (typeof failure === 'object') return problem(failure.status, failure.code);
        if (failure !== undefined) return problem(failure, `refused_${failure}`);
        const {
          forward_of: source,
          attachment_id,
          preview_id,
          ...body
        } = (await request.json()) as NewMessage;
        const copied = source ? backend.forwarded(source) : {};
        if (!copied) return problem(404, 'not_found');
        const attachment = backend.attachments.get(attachment_id ?? '') ?? null;
        const preview = backend.previews.get(preview_id ?? '') ?? null;
        const known = backend.room(id).messages.find((m) => m.client_msg_id === body.client_msg_id);
        if (!known) {
          backend.post(
            { ...body, attachment, preview, ...copied, sender_id: backend.account.id },
            id,
          );
        }
        const message = known ?? backend.room(id).messages.at(-1);
        return HttpResponse.json(message, { status: known ? 200 : 201 });
      }),
    ),
    http.get(
      '*/api/v1/conversations/:id/messages/:message/versions',
      changing((request, id) => {
        const messageId = new URL(request.url).pathname.split('/').at(-2) ?? '';
        return { versions: backend.room(id).versions.get(messageId) ?? [] };
      }),
    ),
    http.patch(
      '*/api/v1/conversations/:id/messages/:message',
      changing(async (request, id) => {
        const messageId = new URL(request.url).pathname.split('/').at(-1) ?? '';
        const { text } = (await request.json()) as { text: string };
        backend.edit(messageId, text, id);
        const message = backend.room(id).messages.find((known) => known.id === messageId);
        return message ? HttpResponse.json(message) : problem(404, 'not_found');
      }),
    ),
    http.delete(
      '*/api/v1/conversations/:id/messages/:message',
      changing((request, id) => {
        const url = new URL(request.url);
        const messageId = url.pathname.split('/').at(-1) ?? '';
        if (url.searchParams.get('for') === 'everyone') backend.erase(messageId, id);
        else {
          const room = backend.room(id);
          room.messages = room.messages.filter((message) => message.id !== messageId);
          backend.tell({ type: 'message.hidden', conversation_id: id, message_id: messageId });
        }
        return new Response(null, { status: 204 });
      }),
    ),
  ];
}
