import { describe, expect, it } from 'vitest';
import { chatFromSnapshot } from '@/model/chats/apply';
import type { Chat } from '@/model/chats/types';
import { ADA, aConversation, aMessage } from '@/testing/fixtures';
import { dividersOf, extended, missingFor } from './opening';
import { buildTimeline } from './timeline';
import { firstLasting, firstUnreadIndex, isOwn, reachesFrom, seqsInView } from './viewport';

/** A chat of `last` messages of which the ones from `first` on are on this device. */
function chatOf(first: number, last: number, readSeq: number, over: Partial<Chat> = {}): Chat {
  const messages = Array.from({ length: last - first + 1 }, (_, n) => aMessage({ seq: first + n }));
  const snapshot = aConversation({
    last_message: messages.at(-1) ?? null,
    unread_count: last - readSeq,
    read_seq: readSeq,
  });
  const history = { messages, notices: [], hasMore: first > 1, stale: false };
  return { ...chatFromSnapshot(snapshot, history), ...over };
}

describe('opening a chat', () => {
  it('waits for the newest messages', () => {
    expect(missingFor(chatOf(1, 2, 2, { history: null }))).toBe('latest');
    const stale = chatOf(1, 2, 2).history;
    expect(missingFor(chatOf(1, 2, 2, { history: stale && { ...stale, stale: true } }))).toBe(
      'latest',
    );
  });

  it('waits for the first unread message and the one before it', () => {
    expect(missingFor(chatOf(71, 120, 0))).toBe('older');
    expect(missingFor(chatOf(21, 120, 20))).toBe('older');
    expect(missingFor(chatOf(20, 120, 20))).toBe(null);
    expect(missingFor(chatOf(1, 120, 0))).toBe(null);
  });

  it('waits for nothing older where all is read, or where there is too much of it', () => {
    expect(missingFor(chatOf(71, 120, 120))).toBe(null);
    expect(missingFor(chatOf(501, 1_000, 0))).toBe(null);
  });
});

describe('the divider', () => {
  it('grows while something behind it is unread, and begins anew after that', () => {
    const [divider] = dividersOf(chatOf(1, 5, 3));
    expect(divider).toEqual({ after: 3, upTo: 5 });
    expect(extended(dividersOf(chatOf(1, 5, 3)), chatOf(1, 8, 4), false)).toEqual([
      { after: 3, upTo: 8 },
    ]);
    const anew = { after: 5, upTo: 8 };
    expect(extended(dividersOf(chatOf(1, 5, 3)), chatOf(1, 8, 5), false)).toEqual([anew]);
    // The view is held: what is above it keeps its height.
    expect(extended(dividersOf(chatOf(1, 5, 3)), chatOf(1, 8, 5), true)).toEqual([divider, anew]);
    expect(dividersOf(chatOf(1, 5, 5))).toEqual([]);
  });
});

describe('the view', () => {
  const chat = chatOf(1, 20, 10);
  const items = buildTimeline({ chat, outbox: [], operations: {}, selfId: ADA.id, dividers: [] });
  const lines = items.map((_, index) => ({ index, start: index * 50, end: index * 50 + 50 }));
  const offset = items.findIndex((item) => item.type === 'message');
  const topOf = (seq: number) => (seq - 1 + offset) * 50;

  it('shows the messages whose end is in it', () => {
    expect(seqsInView(items, lines, { top: topOf(5), height: 200 })).toEqual({ from: 5, to: 8 });
    expect(seqsInView(items, lines, { top: topOf(5), height: 220 })).toEqual({ from: 5, to: 8 });
    expect(seqsInView(items, lines, { top: topOf(5) + 20, height: 200 })).toEqual({
      from: 5,
      to: 8,
    });
    expect(seqsInView(items, lines, { top: topOf(5) + 10, height: 20 })).toEqual({
      from: 5,
      to: 5,
    });
    expect(seqsInView(items, lines, { top: 0, height: 0 })).toBe(null);
  });

  it('reaches what is unread only where it jumped over nothing', () => {
    expect(reachesFrom(items, 10, 11)).toBe(true);
    expect(reachesFrom(items, 10, 5)).toBe(true);
    expect(reachesFrom(items, 10, 12)).toBe(false);
  });

  it('is found again by the first line that begins in it and lasts', () => {
    const keyed = lines.map((line) => ({ ...line, key: items[line.index]?.key }));
    expect(firstLasting(keyed, topOf(5) + 20)?.start).toBe(topOf(6));
    const divided = keyed.map((line) =>
      line.start === topOf(6) ? { ...line, key: 'unread 5' } : line,
    );
    expect(firstLasting(divided, topOf(5) + 20)?.start).toBe(topOf(7));
    expect(isOwn(items.at(-1))).toBe(false);
    expect(firstUnreadIndex(items, 10)).toBe(offset + 10);
    expect(firstUnreadIndex(items, 20)).toBe(-1);
  });
});
