import { describe, expect, it } from 'vitest';
import { chatFromSnapshot } from '@/model/chats/apply';
import type { Chat } from '@/model/chats/types';
import { ADA, aConversation, aMessage, BEN, CAT } from '@/testing/fixtures';
import { colourOf, PERSON_COLOURS } from '@/lib/identity';
import type { OutboxEntry } from '@/model/outbox';
import { noticeText } from './noticeText';
import type { UnreadRange } from './opening';
import { buildTimeline } from './timeline';

const at = (day: number, minute: number) => new Date(2026, 0, day, 10, minute).toISOString();

function chatWith(over: Partial<NonNullable<Chat['history']>>): Chat {
  const history = { messages: [], notices: [], hasMore: false, stale: false, ...over };
  return chatFromSnapshot(aConversation(), history);
}

const pending: OutboxEntry = {
  clientMsgId: 'mine',
  senderId: ADA.id,
  conversationId: 'c1',
  text: 'on its way',
  createdAt: at(6, 2),
  state: 'queued',
  reason: null,
  message: null,
};

const shape = (chat: Chat, dividers: UnreadRange[] = [], outbox: OutboxEntry[] = []) =>
  buildTimeline({ chat, outbox, operations: {}, selfId: ADA.id, dividers }).map((item) =>
    item.type === 'message' ? `${item.text}${item.first ? ' first' : ''}` : item.type,
  );

describe('the timeline', () => {
  it('starts a run per person, per day and after a pause', () => {
    const messages = [
      aMessage({ seq: 1, text: 'a', created_at: at(5, 0) }),
      aMessage({ seq: 2, text: 'b', created_at: at(5, 1) }),
      aMessage({ seq: 3, text: 'c', created_at: at(5, 2), sender_id: ADA.id }),
      aMessage({ seq: 4, text: 'd', created_at: at(5, 30), sender_id: ADA.id }),
      aMessage({ seq: 5, text: 'e', created_at: at(6, 0), sender_id: ADA.id }),
    ];
    expect(shape(chatWith({ messages }))).toEqual([
      'beginning',
      'day',
      'a first',
      'b',
      'c first',
      'd first',
      'day',
      'e first',
    ]);
  });

  it('names each of its lines once, also where a clock was wrong', () => {
    const messages = [
      aMessage({ seq: 1, text: 'a', created_at: at(5, 0) }),
      aMessage({ seq: 2, text: 'b', created_at: at(6, 0) }),
    ];
    const chat = chatWith({ messages });
    const outbox = [{ ...pending, createdAt: at(5, 1) }];
    const items = buildTimeline({ chat, outbox, operations: {}, selfId: ADA.id, dividers: [] });
    expect(items.filter(({ type }) => type === 'day')).toHaveLength(3);
    expect(new Set(items.map(({ key }) => key)).size).toBe(items.length);
  });

  it('puts the divider before the first unread message of somebody else', () => {
    const messages = [
      aMessage({ seq: 1, text: 'read' }),
      aMessage({ seq: 2, text: 'own', sender_id: ADA.id }),
      aMessage({ seq: 3, text: 'new' }),
      aMessage({ seq: 4, text: 'came later' }),
    ];
    const chat = chatWith({ messages });
    const dividers = [{ after: 1, upTo: 3 }];
    const items = buildTimeline({ chat, outbox: [], operations: {}, selfId: ADA.id, dividers });
    expect(items.find((item) => item.type === 'unread')).toMatchObject({ count: 1 });
    expect(shape(chat, dividers)).toEqual([
      'beginning',
      'day',
      'read first',
      'own first',
      'unread',
      'new first',
      'came later',
    ]);
  });

  it('never changes the height of what is shown when older messages arrive', () => {
    const messages = Array.from({ length: 6 }, (_, n) =>
      aMessage({ seq: n + 1, text: `m${n + 1}`, created_at: at(5, n) }),
    );
    const notice = { offset: 3, afterSeq: 2, kind: 'added', userId: CAT.id, by: BEN.id } as const;
    const notices = [notice];
    const cut = shape(chatWith({ messages: messages.slice(3), notices, hasMore: true }));
    const whole = shape(chatWith({ messages, notices }));
    // The oldest one waits for what is before it: it may begin a day and a run, or go on with them.
    expect(cut).toEqual(['m5', 'm6']);
    expect(whole.slice(-cut.length)).toEqual(cut);
    expect(whole).toContain('notice');
  });

  it('has a divider for each time that messages waited', () => {
    const messages = [1, 2, 3, 4].map((seq) => aMessage({ seq, text: `m${seq}` }));
    const dividers = [
      { after: 1, upTo: 2 },
      { after: 2, upTo: 4 },
    ];
    expect(shape(chatWith({ messages }), dividers)).toEqual([
      'beginning',
      'day',
      'm1 first',
      'unread',
      'm2 first',
      'unread',
      'm3 first',
      'm4',
    ]);
  });

  it('shows a message once, by the same key before and after it was accepted', () => {
    const accepted = aMessage({ seq: 1, client_msg_id: 'mine', sender_id: ADA.id });
    const before = buildTimeline({
      chat: chatWith({}),
      outbox: [pending],
      operations: {},
      selfId: ADA.id,
      dividers: [],
    });
    const after = buildTimeline({
      chat: chatWith({ messages: [accepted] }),
      outbox: [pending],
      operations: {},
      selfId: ADA.id,
      dividers: [],
    });
    expect(before.at(-1)).toMatchObject({ key: 'mine', seq: null, status: 'queued' });
    expect(after.at(-1)).toMatchObject({ key: 'mine', seq: 1, status: 'sent' });
    expect(after).toHaveLength(3);
  });

  it('shows notices where they happened', () => {
    const notice = { offset: 3, afterSeq: 1, kind: 'added', userId: CAT.id, by: BEN.id } as const;
    const messages = [aMessage({ seq: 1, text: 'a' }), aMessage({ seq: 2, text: 'b' })];
    expect(shape(chatWith({ messages, notices: [notice] }))).toEqual([
      'beginning',
      'day',
      'a first',
      'notice',
      'b first',
    ]);
    const people = { [BEN.id]: BEN, [CAT.id]: CAT };
    expect(noticeText(notice, people, ADA.id)).toBe('Ben Franklin added Cat Stevens');
    expect(noticeText(notice, people, CAT.id)).toBe('Ben Franklin added you');
    expect(noticeText({ ...notice, kind: 'removed', by: CAT.id }, people, ADA.id)).toBe(
      'Cat Stevens left',
    );
  });

  it('ends a run where another one begins, and gives two neighbours two colours', () => {
    // The fixtures' names are their ids; these two have one colour.
    const twin = Array.from({ length: 200 }, (_, n) => `twin ${n}`).find(
      (id) => colourOf(id) === colourOf(BEN.id),
    );
    const messages = [
      aMessage({ seq: 1, sender_id: BEN.id }),
      aMessage({ seq: 2, sender_id: BEN.id }),
      aMessage({ seq: 3, sender_id: twin ?? '' }),
      aMessage({ seq: 4, sender_id: BEN.id }),
    ];
    const bubbles = buildTimeline({
      chat: chatWith({ messages }),
      outbox: [],
      operations: {},
      selfId: ADA.id,
      dividers: [],
    }).filter((item) => item.type === 'message');
    expect(bubbles.map(({ first, last }) => [first, last])).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
    ]);
    const own = colourOf(BEN.id);
    const next = (own + 1) % PERSON_COLOURS;
    expect(bubbles.map(({ colour }) => colour)).toEqual([own, own, next, own]);
  });
});
