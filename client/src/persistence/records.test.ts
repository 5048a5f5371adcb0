import { describe, expect, it } from 'vitest';
import { chatFromSnapshot } from '@/model/chats/apply';
import { aConversation, aMessage } from '@/testing/fixtures';
import { restoredChat, storedChat } from './records';
import { diff } from './writer';

describe('what is written', () => {
  it('is what changed, and what is gone', () => {
    const kept = { id: 'a' };
    const gone = { id: 'b' };
    const made = { id: 'c' };
    expect(diff({ a: kept, b: gone }, { a: kept, c: made })).toEqual([
      { key: 'b', before: gone, now: undefined },
      { key: 'c', before: undefined, now: made },
    ]);
  });

  it('comes back as the same chat, whole or from its last hole on', () => {
    const messages = [3, 4, 5].map((seq) => aMessage({ seq }));
    const history = { messages, notices: [], hasMore: false, stale: false };
    const chat = { ...chatFromSnapshot(aConversation()), history };
    const stored = storedChat(chat);
    const back = (seqs: number[]) =>
      restoredChat(
        stored,
        messages.filter((message) => seqs.includes(message.seq)),
      ).history;
    expect(restoredChat(stored, messages)).toEqual(chat);
    expect(back([3, 5])).toMatchObject({ messages: [{ seq: 5 }], hasMore: true, stale: false });
    expect(back([3, 4])).toMatchObject({ messages: [{ seq: 3 }, { seq: 4 }], stale: true });
    expect(back([])).toMatchObject({ messages: [], hasMore: true, stale: true });
  });
});
