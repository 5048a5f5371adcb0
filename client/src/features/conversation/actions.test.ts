import { describe, expect, it } from 'vitest';
import { chatFromSnapshot } from '@/model/chats/apply';
import { ADA, aConversation, aMessage, BEN } from '@/testing/fixtures';
import { actionsFor, DEFAULT_WINDOWS } from './actions';
import { buildTimeline, type Bubble } from './timeline';
import type { Message } from '@/api/types';
import type { ConversationParts } from '@/testing/fixtures';
import { aspectOf, type Operation } from '@/model/operations';
import type { OperationsByMessage } from '@/store/selectors';

const chatWith = (messages: Message[], over: ConversationParts = {}) =>
  chatFromSnapshot(aConversation(over), { messages, notices: [], hasMore: false, stale: false });

function bubbles(messages: Message[], operations: OperationsByMessage = {}): Bubble[] {
  const chat = chatWith(messages);
  const items = buildTimeline({ chat, outbox: [], operations, selfId: ADA.id, dividers: [] });
  return items.filter((item) => item.type === 'message');
}

function actions(
  message: Partial<Message>,
  ageS: number,
  over: ConversationParts = {},
  pinned = false,
) {
  const [bubble] = bubbles([aMessage(message)]);
  if (!bubble) throw new Error('no bubble');
  const now = Date.parse(bubble.createdAt) + ageS * 1_000;
  const chat = chatWith([], over);
  const windows = DEFAULT_WINDOWS;
  return actionsFor({ chat, bubble, selfId: ADA.id, pinned, windows, now }).join(' ');
}

describe('what can be done with a message', () => {
  const own = { sender_id: ADA.id };

  it('depends on whose it is and on its age', () => {
    expect(actions(own, 60)).toBe(
      'react reply copy edit forward star pin info select delete deleteForEveryone',
    );
    expect(actions(own, 901)).toBe(
      'react reply copy forward star pin info select delete deleteForEveryone',
    );
    expect(actions(own, 172_801)).toBe('react reply copy forward star pin info select delete');
    expect(actions({}, 60)).toBe('react reply copy forward star pin select delete');
    expect(actions({}, 60, {}, true)).toBe('react reply copy forward star unpin select delete');
    expect(actions({ starred: true }, 60)).toBe(
      'react reply copy forward unstar pin select delete',
    );
    expect(actions({ ...own, deleted: true }, 60)).toBe('select delete');
  });

  it('depends on what the user is to the chat', () => {
    const admin = { kind: 'group' as const, members: [{ ...ADA, role: 'admin' as const }, BEN] };
    expect(actions({}, 999_999, admin)).toBe(
      'react reply copy forward star pin select delete deleteForEveryone',
    );
    expect(actions(own, 60, { awaits_other: true })).toBe('reply copy forward star select delete');
    expect(actions(own, 60, { blocked: true })).toBe('copy star select delete');
  });
});

describe('a line of the timeline', () => {
  const operation = (change: Operation['change'], state: Operation['state']): Operation => ({
    opId: 'o',
    senderId: ADA.id,
    conversationId: 'c1',
    messageId: 'message-1',
    change,
    state,
    reason: null,
  });
  const with1 = (change: Operation['change'], state: Operation['state'] = 'queued') =>
    bubbles([aMessage({ sender_id: ADA.id })], {
      'message-1': { [aspectOf(change)]: operation(change, state) },
    });

  it('quotes what is answered, as it is now', () => {
    const answer = aMessage({ seq: 2, reply_to: 'message-1' });
    const quote = (...messages: Message[]) => bubbles(messages).at(-1)?.quote;
    expect(quote(aMessage(), answer)).toMatchObject({ state: 'shown', text: 'text 1' });
    expect(quote(aMessage({ deleted: true, text: '' }), answer)).toMatchObject({
      state: 'deleted',
    });
    expect(quote(answer)).toMatchObject({ state: 'gone', text: '' });
  });

  it('shows at once what the user wants, and takes it back where it is refused', () => {
    expect(with1({ kind: 'hide' })).toEqual([]);
    expect(with1({ kind: 'delete' })).toMatchObject([{ deleted: true, text: '' }]);
    expect(with1({ kind: 'edit', text: 'b' })).toMatchObject([{ text: 'b', status: 'queued' }]);
    expect(with1({ kind: 'delete' }, 'failed')).toMatchObject([{ deleted: false, text: 'text 1' }]);
    expect(with1({ kind: 'edit', text: 'b' }, 'failed')).toMatchObject([
      { text: 'b', refused: { opId: 'o' } },
    ]);
    expect(with1({ kind: 'react', emoji: '👍' })).toMatchObject([
      { reactions: [{ emoji: '👍', count: 1 }], myReaction: '👍', status: 'sent' },
    ]);
    expect(with1({ kind: 'react', emoji: '👍' }, 'failed')).toMatchObject([
      { reactions: [], refused: { opId: 'o' } },
    ]);
  });
});
