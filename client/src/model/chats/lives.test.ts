import { describe, expect, it } from 'vitest';
import type { ChatEvent } from '@/api/types';
import { ADA, aConversation, aMessage, BEN, EPOCH, posted } from '@/testing/fixtures';
import { applyLogged, chatFromSnapshot, mergeSnapshot } from './apply';
import { hideMessage } from './hiding';
import { mergePage } from './stretches';
import type { Chat } from './types';

const topic = (offset: number) => ({ name: 'chat:c1', epoch: EPOCH, offset });

function opened(count = 2): Chat {
  const messages = Array.from({ length: count }, (_, at) => aMessage({ seq: at + 1 }));
  const last_message = messages.at(-1) ?? null;
  const chat = chatFromSnapshot(aConversation({ last_message, topic: topic(count + 1) }));
  mergePage(chat, { messages, has_more: false, topic: topic(count + 1) }, 'latest');
  return chat;
}

function hear(chat: Chat, ...events: unknown[]): void {
  for (const event of events) {
    const at = { epoch: EPOCH, offset: chat.position.offset + 1 };
    expect(applyLogged(chat, at, event as ChatEvent, ADA.id)).toBe('apply');
  }
}

const edit = (seq: number, text: string, minute: number): ChatEvent => ({
  type: 'message.edited',
  message_id: `message-${seq}`,
  text,
  mentions: [],
  edited_at: `2026-01-06T10:0${minute}:00.000000Z`,
});
const erase = (seq: number): ChatEvent => ({
  type: 'message.deleted',
  message_id: `message-${seq}`,
  by: BEN.id,
});
const texts = (chat: Chat) => chat.history?.messages.map(({ text }) => text);

describe('what becomes of a message', () => {
  it('stands in the list and in the row, and the newest edit counts in whatever order', () => {
    const chat = opened();
    hear(chat, edit(2, 'new', 2), edit(2, 'old', 1));
    expect(texts(chat)).toEqual(['text 1', 'new']);
    expect(chat.lastMessage).toMatchObject({ text: 'new' });
  });

  it('ends with its deletion, after which nothing of it is left', () => {
    const chat = opened();
    hear(chat, edit(2, 'marker', 1), erase(2), edit(2, 'marker', 3), erase(2), erase(9));
    expect(JSON.stringify(chat)).not.toMatch(/marker|text 2/);
    expect(chat.lastMessage).toMatchObject({ seq: 2, deleted: true });
  });

  it('goes on behind an event that nobody knows', () => {
    const chat = opened();
    hear(chat, { type: 'message.from_the_future' }, edit(1, 'after', 1));
    expect(texts(chat)).toEqual(['after', 'text 2']);
  });

  it('is known of a message from the log of an older core, too', () => {
    const chat = opened();
    const { id, conversation_id, seq, sender_id, client_msg_id, text, created_at } = aMessage({
      seq: 3,
    });
    const message = { id, conversation_id, seq, sender_id, client_msg_id, text, created_at };
    hear(chat, { type: 'message.posted', message });
    expect(chat.lastMessage).toEqual(aMessage({ seq: 3 }));
  });
});

describe('a page', () => {
  const page = (offset: number, ...seqs: number[]) => ({
    messages: seqs.map((seq) => aMessage({ seq, text: `page ${seq}` })),
    has_more: false,
    topic: topic(offset),
  });

  it('from before a change does not bring back what was', () => {
    const chat = opened();
    hear(chat, erase(2));
    mergePage(chat, page(3, 1, 2), 'latest');
    expect(texts(chat)).toEqual(['text 1', '']);
    mergePage(chat, page(4, 1, 2), 'latest');
    expect(texts(chat)).toEqual(['page 1', '']);
  });

  it('takes the place of a stretch whose events were missed', () => {
    const chat = opened(3);
    const torn = mergeSnapshot(chat, aConversation({ topic: topic(9) }), ADA.id, true);
    mergePage(torn, page(9, 3), 'latest');
    expect(texts(torn)).toEqual(['page 3']);
  });

  it('says within its bounds what another device has deleted for the user', () => {
    const chat = opened(4);
    mergePage(chat, page(5, 2, 4), 'latest');
    expect(texts(chat)).toEqual(['text 1', 'page 2', 'page 4']);
  });
});

describe('a message that is deleted for me', () => {
  it('goes for good, and the one before it stands in the row', () => {
    const chat = opened();
    chat.unreadCount = 2;
    hideMessage(chat, 'message-2', ADA.id);
    hideMessage(chat, 'message-2', ADA.id);
    mergePage(
      chat,
      { messages: [aMessage({ seq: 1 }), aMessage({ seq: 2 })], has_more: false, topic: topic(3) },
      'latest',
    );
    expect(texts(chat)).toEqual(['text 1']);
    expect(chat).toMatchObject({ lastMessage: { seq: 1 }, unreadCount: 1 });
    hideMessage(chat, 'message-3', ADA.id);
    hear(chat, posted({ seq: 3 }));
    expect(texts(chat)).toEqual(['text 1']);
  });

  it('leaves to the snapshot what a row says without messages', () => {
    const last_message = aMessage({ seq: 2 });
    const chat = chatFromSnapshot(aConversation({ last_message, topic: topic(3) }));
    hideMessage(chat, 'message-2', ADA.id);
    expect(chat.lastMessage).toBeNull();
    const snapshot = aConversation({ last_message: aMessage({ seq: 1 }), topic: topic(3) });
    expect(mergeSnapshot(chat, snapshot, ADA.id).lastMessage).toMatchObject({ seq: 1 });
  });
});
