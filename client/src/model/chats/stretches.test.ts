import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ADA, aConversation, aMessage, EPOCH, posted } from '@/testing/fixtures';
import { applyLogged, changeMessage, chatFromSnapshot, clearUpTo, mergeSnapshot } from './apply';
import { hideMessage } from './hiding';
import { tombstone } from './message';
import { chatsReducer, historiesTorn, historyLoaded, jumpMoved, pastLeft } from './slice';
import { endOf, mergePage, messageOf, shownOf } from './stretches';
import type { Chat } from './types';

const topic = (offset: number, epoch = EPOCH) => ({ name: 'chat:c1', epoch, offset });

/** The messages of these numbers, as a core with 300 of them answers. */
const page = (from: number, to: number) => ({
  messages: Array.from({ length: to - from + 1 }, (_, n) => aMessage({ seq: from + n })),
  has_more: from > 1,
  topic: topic(301),
});

const seqsOf = (stretch: { messages: { seq: number }[] } | null | undefined) =>
  stretch?.messages.map(({ seq }) => seq);
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => from + n);

/** A chat of 300 messages of which the newest fifty are here, and ten around number 105. */
function jumped(): Chat {
  const chat = chatFromSnapshot(
    aConversation({ last_message: aMessage({ seq: 300 }), read_seq: 300, topic: topic(301) }),
  );
  mergePage(chat, page(251, 300), 'latest');
  mergePage(chat, page(101, 110), 'around');
  return chat;
}

const hear = (chat: Chat, seq: number) =>
  applyLogged(
    chat,
    { epoch: EPOCH, offset: chat.position.offset + 1 },
    posted({ seq, id: `message-${seq}` }),
    ADA.id,
  );

describe('a stretch around an older message', () => {
  it('stands beside the tail, which goes on without it', () => {
    const chat = jumped();
    expect(hear(chat, 301)).toBe('apply');
    expect(seqsOf(chat.past)).toEqual(range(101, 110));
    expect(seqsOf(chat.history)).toEqual(range(251, 301));
    expect(shownOf(chat)).toBe(chat.past);
    expect(chat.unreadCount).toBe(1);
  });

  it('grows at both ends, and is one with the tail when it meets it', () => {
    const chat = jumped();
    mergePage(chat, page(51, 100), 'older');
    mergePage(chat, page(111, 160), 'newer');
    mergePage(chat, page(161, 210), 'newer');
    expect(seqsOf(chat.past)).toEqual(range(51, 210));
    expect(seqsOf(chat.history)).toEqual(range(251, 300));
    mergePage(chat, page(211, 260), 'newer');
    expect(chat.past).toBeNull();
    expect(seqsOf(chat.history)).toEqual(range(51, 300));
    expect(chat.history?.hasMore).toBe(true);
    mergePage(chat, page(1, 50), 'older');
    expect(chat.history?.hasMore).toBe(false);
  });

  it('is one with the tail at once where they touch', () => {
    const chat = jumped();
    mergePage(chat, page(201, 250), 'around');
    expect(chat.past).toBeNull();
    expect(seqsOf(chat.history)).toEqual(range(201, 300));
  });

  it('within the tail adds nothing to it', () => {
    const chat = jumped();
    mergePage(chat, page(270, 290), 'around');
    expect(chat.past).toBeNull();
    expect(seqsOf(chat.history)).toEqual(range(251, 300));
  });

  it('waits for a tail whose messages are not known', () => {
    const chat = jumped();
    if (chat.history) chat.history.stale = true;
    mergePage(chat, page(111, 260), 'newer');
    expect(seqsOf(chat.past)).toEqual(range(101, 260));
    mergePage(chat, page(251, 300), 'latest');
    expect(chat.past).toBeNull();
    expect(seqsOf(chat.history)).toEqual(range(101, 300));
  });

  it('loses what is deleted, hidden and cleared, in it and before it', () => {
    const chat = jumped();
    changeMessage(chat, 'message-105', tombstone);
    hideMessage(chat, 'message-106', ADA.id);
    expect(messageOf(chat, 'message-105')).toMatchObject({ deleted: true, text: '' });
    expect(messageOf(chat, 'message-106')).toBeUndefined();
    // A page that was under way meanwhile does not bring it back.
    mergePage(chat, page(101, 110), 'around');
    expect(seqsOf(chat.past)).not.toContain(106);
    clearUpTo(chat, 108);
    expect(seqsOf(chat.past)).toEqual([108, 109, 110]);
    expect(chat.past?.hasMore).toBe(false);
    clearUpTo(chat, 200);
    expect(chat.past).toBeNull();
    expect(seqsOf(chat.history)).toEqual(range(251, 300));
  });

  it('is not kept when it is unknown what happened to its messages', () => {
    const snapshot = aConversation({ last_message: aMessage({ seq: 400 }), topic: topic(900) });
    expect(mergeSnapshot(jumped(), snapshot, ADA.id, true).past).toBeNull();
    expect(
      mergeSnapshot(jumped(), aConversation({ topic: topic(1, 'b') }), ADA.id).past,
    ).toBeNull();
    const state = stateOf(jumped());
    expect(chatsReducer(state, historiesTorn()).entities.c1?.past).toBeNull();
  });

  it('never has a hole, whatever is loaded and heard in whatever order', () => {
    const steps = fc.array(
      fc.oneof(
        fc.constant('older' as const),
        fc.constant('newer' as const),
        fc.constant('hear' as const),
        fc.integer({ min: 1, max: 300 }),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(steps, (taken) => {
        const chat = jumped();
        let last = 300;
        for (const step of taken) {
          if (step === 'hear') {
            last += 1;
            hear(chat, last);
          } else if (typeof step === 'number') {
            mergePage(
              chat,
              { ...page(Math.max(1, step - 5), Math.min(last, step + 5)), topic: topic(last + 1) },
              'around',
            );
          } else {
            const from = endOf(chat, step);
            if (from === undefined) continue;
            const loaded =
              step === 'older'
                ? page(Math.max(1, from - 20), from - 1)
                : page(from + 1, Math.min(last, from + 20));
            mergePage(chat, { ...loaded, topic: topic(last + 1) }, step);
          }
          for (const stretch of [chat.history, chat.past]) {
            const seqs = seqsOf(stretch) ?? [];
            expect(seqs).toEqual(range(seqs[0] ?? 1, seqs.at(-1) ?? 0));
          }
          expect(seqsOf(chat.history)?.at(-1)).toBe(last);
          if (chat.past) {
            expect(chat.past.messages.at(-1)?.seq).toBeLessThan(
              (chat.history?.messages[0]?.seq ?? 0) - 1,
            );
          }
        }
      }),
    );
  });
});

/** The slice's state with this one chat. */
function stateOf(chat: Chat) {
  const empty = chatsReducer(undefined, { type: 'begin' });
  return { ...empty, ids: [chat.id], entities: { [chat.id]: chat } };
}

describe('pages of a stretch', () => {
  it('are dropped when what they continue is another one by now', () => {
    const late = historyLoaded({
      conversationId: 'c1',
      page: page(91, 100),
      kind: 'older',
      from: 101,
    });
    const state = chatsReducer(stateOf(jumped()), pastLeft('c1'));
    expect(seqsOf(chatsReducer(state, late).entities.c1?.history)).toEqual(range(251, 300));
    expect(seqsOf(chatsReducer(stateOf(jumped()), late).entities.c1?.past)).toEqual(range(91, 110));
  });

  it('around a message are only taken for the last jump', () => {
    const ref = (messageId: string) => ({ conversationId: 'c1', messageId });
    const wanted = [ref('message-20'), ref('message-60')].reduce(
      (state, one) => chatsReducer(state, jumpMoved({ ...one, state: 'loading' })),
      stateOf(jumped()),
    );
    const first = historyLoaded({ ...ref('message-20'), page: page(15, 25), kind: 'around' });
    const second = historyLoaded({ ...ref('message-60'), page: page(55, 65), kind: 'around' });
    const both = [second, first].reduce(chatsReducer, wanted);
    expect(seqsOf(both.entities.c1?.past)).toEqual(range(55, 65));
    expect(both.jumps).toEqual({});
    const late = chatsReducer(wanted, jumpMoved({ ...ref('message-20'), state: 'failed' }));
    expect(late.jumps.c1).toMatchObject({ messageId: 'message-60', state: 'loading' });
  });
});
