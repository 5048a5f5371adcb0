import { describe, expect, it } from 'vitest';
import type { ChatEvent, Reaction } from '@/api/types';
import { ADA, aConversation, aMessage, BEN, EPOCH } from '@/testing/fixtures';
import { applyLogged, chatFromSnapshot, mergeSnapshot } from './apply';
import { standing } from './pins';
import { withOwn } from './reactions';

const by = (emoji: string, ...user_ids: string[]): Reaction => ({
  emoji,
  count: user_ids.length,
  user_ids,
});
const reactedTo = (reactions: Reaction[]): ChatEvent => ({
  type: 'message.reacted',
  message_id: 'message-1',
  reactions,
});
const pin = (message_id: string, until = '2026-02-01T00:00:00.000000Z') => ({
  message_id,
  by: BEN.id,
  until,
});

function opened(over: Parameters<typeof aConversation>[0] = {}) {
  const messages = [aMessage()];
  const last_message = aMessage();
  return chatFromSnapshot(aConversation({ last_message, ...over }), {
    messages,
    notices: [],
    hasMore: false,
    stale: false,
  });
}

function hear(chat: ReturnType<typeof opened>, ...events: ChatEvent[]): void {
  for (const event of events) {
    const at = { epoch: EPOCH, offset: chat.position.offset + 1 };
    expect(applyLogged(chat, at, event, ADA.id)).toBe('apply');
  }
}

describe('reactions', () => {
  it('are what the log said last, and the user’s own is among them', () => {
    const chat = opened();
    hear(chat, reactedTo([by('👍', BEN.id)]), reactedTo([by('👍', BEN.id), by('🙏', ADA.id)]));
    expect(chat.lastMessage).toMatchObject({ my_reaction: '🙏', reactions: [{}, {}] });
    hear(chat, reactedTo([]));
    expect(chat.history?.messages[0]).toMatchObject({ my_reaction: null, reactions: [] });
  });

  it('name nobody in a large chat, where the user’s own log tells how they have reacted', () => {
    const chat = opened({ kind: 'group', member_count: 33 });
    if (chat.history) chat.history.messages = [aMessage({ my_reaction: '👍' })];
    hear(chat, reactedTo([{ emoji: '👍', count: 20 }]));
    expect(chat.history?.messages[0]).toMatchObject({
      my_reaction: '👍',
      reactions: [{ count: 20 }],
    });
  });

  it('go with the message', () => {
    const chat = opened();
    hear(
      chat,
      reactedTo([by('👍', BEN.id)]),
      { type: 'message.deleted', message_id: 'message-1', by: BEN.id },
      reactedTo([by('👍', BEN.id)]),
    );
    expect(chat.lastMessage).toMatchObject({ deleted: true, reactions: [] });
  });

  it('change at once by what the user does, however often that is told', () => {
    const message = aMessage({ reactions: [by('👍', BEN.id)] });
    const once = withOwn(message, '👍', ADA.id);
    expect(once.reactions).toEqual([by('👍', BEN.id, ADA.id)]);
    expect(withOwn(once, '👍', ADA.id)).toBe(once);
    const other = withOwn(once, '😢', ADA.id);
    expect(other.reactions).toEqual([by('👍', BEN.id), by('😢', ADA.id)]);
    expect(withOwn(other, null, ADA.id).reactions).toEqual([by('👍', BEN.id)]);
  });
});

describe('pins', () => {
  it('come and go by the log, the newest at the end, and with their message', () => {
    const chat = opened();
    const told = (message_id: string): ChatEvent => ({
      type: 'message.pinned',
      ...pin(message_id),
    });
    hear(chat, told('a'), told('message-1'), told('a'));
    expect(chat.pins.map(({ message_id }) => message_id)).toEqual(['message-1', 'a']);
    hear(
      chat,
      { type: 'message.deleted', message_id: 'message-1', by: BEN.id },
      { type: 'message.unpinned', message_id: 'a', by: BEN.id },
    );
    expect(chat.pins).toEqual([]);
  });

  it('are in the snapshot, and none where an older core tells it', () => {
    const chat = opened({ pins: [pin('a')] });
    expect(chat.pins).toEqual([pin('a')]);
    const { pins, ...older } = aConversation();
    expect(pins).toEqual([]);
    const merged = mergeSnapshot(chat, older as ReturnType<typeof aConversation>, ADA.id);
    expect(merged.pins).toEqual([]);
  });

  it('end by the clock', () => {
    const now = Date.parse('2026-01-15T00:00:00Z');
    const pins = [pin('a'), pin('b', '2026-01-14T00:00:00.000000Z'), pin('c')];
    expect(standing(pins, now).map(({ message_id }) => message_id)).toEqual(['c', 'a']);
  });
});
