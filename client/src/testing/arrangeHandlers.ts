/** The backend's routes for what a person arranges for themselves. */
import { http, HttpResponse, type HttpResponseResolver } from 'msw';
import type { ChatSettingsChange } from '@/api/types';
import { settingsOf } from '@/model/chats/settings';
import type { Answer, Backend } from './backend';

/** `changing` makes a handler of what the test may have refused. */
export function arrangeHandlers(
  backend: Backend,
  changing: (answer: Answer) => HttpResponseResolver,
) {
  const arrange = changing(async (request, id) => {
    const change = (await request.json()) as ChatSettingsChange;
    const { conversation } = backend.room(id);
    const { pinned, ...rest } = change;
    Object.assign(conversation, rest);
    if (pinned !== undefined) conversation.pinned_at = pinned ? '2026-01-06T00:00:00Z' : null;
    if (change.archived) conversation.pinned_at = null;
    if (pinned) conversation.archived = false;
    return settingsOf(conversation);
  });
  const clear = changing(async (request, id) => {
    const { up_to_seq: upToSeq } = (await request.json()) as { up_to_seq: number };
    backend.room(id).conversation.first_seq = upToSeq + 1;
    return new HttpResponse(null, { status: 204 });
  });
  return [
    http.patch('*/api/v1/conversations/:id/settings', arrange),
    http.post('*/api/v1/conversations/:id/clear', clear),
  ];
}
