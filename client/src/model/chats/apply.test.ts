import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatEvent } from '@/api/types';
import { ADA, aConversation, aMessage, BEN, CAT, EPOCH, posted } from '@/testing/fixtures';
import { applyLogged, chatFromSnapshot, clearUpTo, judge, mergeSnapshot, moveRead } from './apply';
import { hideMessage } from './hiding';
import { leavesMentionsOpen } from './mentions';
import { mergePage } from './stretches';
import type { Chat } from './types';

const topic = (offset: number, epoch = EPOCH) => ({ name: 'chat:c1', epoch, offset });

/** A chat that was opened when it was empty. */
function openedChat(): Chat {
  const chat = chatFromSnapshot(aConversation());
  mergePage(chat, { messages: [], has_more: false, topic: topic(1) }, 'latest');
  return chat;
}

/** Offset n + 1 carries message n. */
const event = (seq: number): ChatEvent => posted({ seq });

describe('the rule for events', () => {
  it.each([
    [{ epoch: 'a', offset: 5 }, { epoch: 'a', offset: 6 }, 'apply'],
    [{ epoch: 'a', offset: 5 }, { epoch: 'a', offset: 5 }, 'drop'],
    [{ epoch: 'a', offset: 5 }, { epoch: 'a', offset: 7 }, 'gap'],
    [{ epoch: 'a', offset: 5 }, { epoch: 'b', offset: 6 }, 'reload'],
  ] as const)('knows %o, hears %o: %s', (known, incoming, verdict) => {
    expect(judge(known, incoming)).toBe(verdict);
  });

  it('ends in exactly 1…n whatever the routes repeat, lose and reorder', () => {
    const deliveries = fc
      .integer({ min: 1, max: 30 })
      .chain((n) =>
        fc.tuple(fc.constant(n), fc.array(fc.integer({ min: 1, max: n }), { maxLength: 90 })),
      );
    fc.assert(
      fc.property(deliveries, ([n, heard]) => {
        const chat = openedChat();
        const catchUp = (head: number) => {
          for (let seq = chat.position.offset; seq < head; seq += 1) {
            applyLogged(chat, { epoch: EPOCH, offset: seq + 1 }, event(seq), ADA.id);
          }
        };
        for (const seq of heard) {
          const at = { epoch: EPOCH, offset: seq + 1 };
          // What a gap leads to: the changes up to the event are loaded.
          if (applyLogged(chat, at, event(seq), ADA.id) === 'gap') catchUp(at.offset);
        }
        catchUp(n + 1);
        const seqs = chat.history?.messages.map((message) => message.seq);
        expect(seqs).toEqual(Array.from({ length: n }, (_, index) => index + 1));
        expect(chat.unreadCount).toBe(n);
        expect(chat.position.offset).toBe(n + 1);
      }),
    );
  });

  it('changes a message that is here, and leaves a deleted one as it is', () => {
    const chat = openedChat();
    let offset = chat.position.offset;
    const hear = (heard: unknown) => {
      offset += 1;
      return applyLogged(chat, { epoch: EPOCH, offset }, heard as ChatEvent, ADA.id);
    };
    const edited = (messageId: string, text: string) => ({
      type: 'message.edited',
      message_id: messageId,
      text,
      mentions: [],
      edited_at: '2026-01-05T11:00:00.000000Z',
    });
    hear(posted({ seq: 1 }));
    hear(posted({ seq: 2 }));
    hear(edited('message-1', 'better'));
    hear(edited('message-9', 'of a message that is not here'));
    expect(chat.history?.messages.map(({ text }) => text)).toEqual(['better', 'text 2']);
    hear({ type: 'message.deleted', message_id: 'message-2', by: BEN.id });
    hear(edited('message-2', 'late'));
    expect(chat.history?.messages.map(({ text }) => text)).toEqual(['better', '']);
    expect(chat.lastMessage).toMatchObject({ seq: 2, text: '', deleted: true });
    expect(JSON.stringify(chat)).not.toContain('text 2');
  });

  it('goes on behind an event that it does not know', () => {
    const chat = openedChat();
    const before = { ...chat };
    const at = { epoch: EPOCH, offset: chat.position.offset + 1 };
    const unknown = { type: 'message.of_tomorrow', message_id: 'm' } as unknown as ChatEvent;
    expect(applyLogged(chat, at, unknown, ADA.id)).toBe('apply');
    expect(chat).toEqual({ ...before, position: at });
  });

  it('counts a message once that a newer snapshot already contains', () => {
    // The snapshot's position is read before its data, so an event may repeat what it tells.
    const chat = chatFromSnapshot(
      aConversation({ last_message: aMessage({ seq: 1 }), unread_count: 1, topic: topic(1) }),
    );
    applyLogged(chat, { epoch: EPOCH, offset: 2 }, event(1), ADA.id);
    expect(chat.unreadCount).toBe(1);
    expect(chat.position.offset).toBe(2);
  });

  it('takes everything above an own message as read', () => {
    const chat = openedChat();
    applyLogged(chat, { epoch: EPOCH, offset: 2 }, event(1), ADA.id);
    const own = posted({ seq: 2, sender_id: ADA.id });
    applyLogged(chat, { epoch: EPOCH, offset: 3 }, own, ADA.id);
    expect(chat).toMatchObject({ unreadCount: 0, own: { delivered_seq: 2, read_seq: 2 } });
  });

  it('keeps the members and a notice of who came and went', () => {
    const chat = openedChat();
    const at = (offset: number) => ({ epoch: EPOCH, offset });
    applyLogged(chat, at(2), { type: 'member.added', user: CAT, by: BEN.id }, ADA.id);
    applyLogged(chat, at(3), { type: 'member.removed', user_id: BEN.id, by: BEN.id }, ADA.id);
    expect(chat.memberIds).toEqual([ADA.id, CAT.id]);
    expect(chat.history?.notices.map((notice) => notice.kind)).toEqual(['added', 'removed']);
  });
});

describe('snapshots', () => {
  it('that are ahead wait for the changes when messages are on the device', () => {
    const chat = openedChat();
    const snapshot = aConversation({ last_message: aMessage({ seq: 4 }), topic: topic(5) });
    expect(mergeSnapshot(chat, snapshot, ADA.id).position.offset).toBe(1);
  });

  it('replace a chat that was never opened', () => {
    const chat = chatFromSnapshot(aConversation());
    const snapshot = aConversation({ last_message: aMessage({ seq: 4 }), topic: topic(5) });
    expect(mergeSnapshot(chat, snapshot, ADA.id)).toMatchObject({
      position: { offset: 5 },
      lastMessage: { seq: 4 },
    });
  });

  it('that replace leave the messages readable but stale', () => {
    const chat = openedChat();
    const merged = mergeSnapshot(chat, aConversation({ topic: topic(9) }), ADA.id, true);
    expect(merged.history?.stale).toBe(true);
    applyLogged(merged, { epoch: EPOCH, offset: 10 }, event(9), ADA.id);
    // Message 9 would stand behind a hole; the newest page brings it.
    expect(merged.history?.messages).toEqual([]);
  });

  it('of another epoch start anew', () => {
    const chat = openedChat();
    applyLogged(chat, { epoch: EPOCH, offset: 2 }, event(1), ADA.id);
    const merged = mergeSnapshot(chat, aConversation({ topic: topic(1, 'epoch-2') }), ADA.id);
    expect(merged).toMatchObject({ history: null, lastMessage: null });
  });

  it('heal an unread count that went wrong', () => {
    const chat = openedChat();
    chat.unreadCount = 7;
    expect(mergeSnapshot(chat, aConversation(), ADA.id).unreadCount).toBe(0);
  });

  it('never lower what was read here and not reported yet', () => {
    const chat = openedChat();
    applyLogged(chat, { epoch: EPOCH, offset: 2 }, event(1), ADA.id);
    moveRead(chat, 1, ADA.id);
    const snapshot = aConversation({
      last_message: aMessage({ seq: 1 }),
      unread_count: 1,
      topic: topic(2),
    });
    expect(mergeSnapshot(chat, snapshot, ADA.id)).toMatchObject({
      unreadCount: 0,
      own: { read_seq: 1 },
    });
  });
});

describe('pages of messages', () => {
  const page = (from: number, to: number, hasMore: boolean) => ({
    messages: Array.from({ length: to - from + 1 }, (_, i) => aMessage({ seq: from + i })),
    has_more: hasMore,
    topic: topic(to + 1),
  });
  const seqs = (chat: Chat) => chat.history?.messages.map((message) => message.seq);

  it('join what is there', () => {
    const chat = chatFromSnapshot(aConversation({ topic: topic(11) }));
    mergePage(chat, page(8, 10, true), 'latest');
    mergePage(chat, page(5, 7, true), 'older');
    mergePage(chat, page(10, 12, true), 'latest');
    expect(seqs(chat)).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    expect(chat.history?.hasMore).toBe(true);
  });

  it('replace what they do not reach, so that no hole is shown', () => {
    const chat = chatFromSnapshot(aConversation({ topic: topic(11) }));
    mergePage(chat, page(1, 3, false), 'latest');
    mergePage(chat, page(8, 10, true), 'latest');
    expect(seqs(chat)).toEqual([8, 9, 10]);
    expect(chat.history?.hasMore).toBe(true);
  });

  it('of another epoch are ignored', () => {
    const chat = chatFromSnapshot(aConversation());
    mergePage(chat, { ...page(1, 2, false), topic: topic(3, 'other') }, 'latest');
    expect(chat.history).toBeNull();
  });
});

describe('what people are to a chat', () => {
  const at = (offset: number) => ({ epoch: EPOCH, offset });

  it('follows roles that are given, and forgets those of who went', () => {
    const owner = [{ ...ADA, role: 'owner' as const }, BEN, CAT];
    const chat = chatFromSnapshot(aConversation({ kind: 'group', members: owner }));
    expect(chat.roles).toEqual({ ada: 'owner' });
    const give = (offset: number, userId: string, role: 'member' | 'admin' | 'owner') =>
      applyLogged(
        chat,
        at(offset),
        { type: 'member.role_changed', user_id: userId, role, by: ADA.id },
        ADA.id,
      );
    give(2, CAT.id, 'admin');
    give(3, ADA.id, 'admin');
    give(4, BEN.id, 'owner');
    expect(chat.roles).toEqual({ ada: 'admin', ben: 'owner', cat: 'admin' });
    give(5, CAT.id, 'member');
    expect(chat.roles).toEqual({ ada: 'admin', ben: 'owner' });
    applyLogged(chat, at(6), { type: 'member.removed', user_id: BEN.id, by: BEN.id }, ADA.id);
    expect(chat.roles).toEqual({ ada: 'admin' });
  });

  it('tells of a role that was given, and of a group that was handed over once', () => {
    const chat = chatFromSnapshot(aConversation({ kind: 'group', members: [ADA, BEN] }));
    mergePage(chat, { messages: [], has_more: false, topic: topic(1) }, 'latest');
    const given = (userId: string, role: 'admin' | 'owner'): ChatEvent => ({
      type: 'member.role_changed',
      user_id: userId,
      role,
      by: ADA.id,
    });
    applyLogged(chat, at(2), given(ADA.id, 'admin'), ADA.id);
    applyLogged(chat, at(3), given(BEN.id, 'owner'), ADA.id);
    expect(chat.history?.notices).toEqual([
      { offset: 3, afterSeq: 0, kind: 'owner', userId: BEN.id, by: ADA.id },
    ]);
  });

  it('is a request until one accepts, on either side', () => {
    const accepted = (userId: string): ChatEvent => ({ type: 'request.accepted', user_id: userId });
    const asked = chatFromSnapshot(aConversation({ state: 'contacted' }));
    applyLogged(asked, at(2), accepted(ADA.id), ADA.id);
    expect(asked).toMatchObject({ state: 'active', awaitsOther: false });
    const asking = chatFromSnapshot(aConversation({ awaits_other: true }));
    applyLogged(asking, at(2), accepted(BEN.id), ADA.id);
    expect(asking).toMatchObject({ state: 'active', awaitsOther: false });
  });

  it('is taken from every snapshot that is not older than what was heard', () => {
    const chat = openedChat();
    const members = [ADA, { ...BEN, role: 'admin' as const }];
    mergeSnapshot(chat, aConversation({ members, blocked: true, topic: topic(1) }), ADA.id);
    expect(chat).toMatchObject({ blocked: true, roles: { ben: 'admin' } });
    applyLogged(chat, at(2), { type: 'request.accepted', user_id: BEN.id }, ADA.id);
    mergeSnapshot(chat, aConversation({ awaits_other: true, topic: topic(1) }), ADA.id);
    expect(chat).toMatchObject({ blocked: true, awaitsOther: false });
  });
});

describe('what the user has cleared', () => {
  const messages = [1, 2, 3].map((seq) => aMessage({ seq, id: `m${seq}` }));
  const seqsOf = (chat: Chat) => chat.history?.messages.map(({ seq }) => seq);

  it('is not brought back by the log, which still has it', () => {
    const chat = openedChat();
    clearUpTo(chat, 3);
    for (const seq of [1, 2, 3]) {
      applyLogged(chat, { epoch: EPOCH, offset: seq + 1 }, event(seq), ADA.id);
    }
    expect(seqsOf(chat)).toEqual([3]);
    expect(chat.unreadCount).toBe(1);
    expect(chat.position.offset).toBe(4);
  });

  it.each(['latest', 'older'] as const)('is not brought back by a %s page', (kind) => {
    const chat = openedChat();
    clearUpTo(chat, 3);
    mergePage(chat, { messages, has_more: true, topic: topic(1) }, kind);
    expect(seqsOf(chat)).toEqual([3]);
    expect(chat.history?.hasMore).toBe(false);
  });

  it('is nothing where an older core does not say from where on the user reads', () => {
    const snapshot = { ...aConversation(), first_seq: undefined as unknown as number };
    const chat = chatFromSnapshot(snapshot);
    mergePage(chat, { messages, has_more: false, topic: topic(1) }, 'latest');
    expect(seqsOf(chat)).toEqual([1, 2, 3]);
  });
});

describe('unread messages that name the user', () => {
  const naming = (seq: number, mentions = [ADA.id]) => posted({ seq, mentions });
  const hearing = (chat: Chat) => (heard: ChatEvent) =>
    applyLogged(chat, { epoch: EPOCH, offset: chat.position.offset + 1 }, heard, ADA.id);
  const edited = (seq: number, mentions: string[]): ChatEvent => ({
    type: 'message.edited',
    message_id: `message-${seq}`,
    text: 'other words',
    mentions,
    edited_at: '2026-01-05T11:00:00.000000Z',
  });

  it('are counted as they come, change, go and are read', () => {
    const chat = openedChat();
    const hear = hearing(chat);
    hear(naming(1));
    hear(naming(2, [BEN.id]));
    hear(naming(3));
    hear(posted({ seq: 4, sender_id: BEN.id, mentions: [ADA.id, BEN.id] }));
    expect(chat.unreadMentions).toBe(3);
    hear(edited(2, [ADA.id]));
    hear(edited(3, []));
    expect(chat.unreadMentions).toBe(3);
    hear({ type: 'message.deleted', message_id: 'message-1', by: BEN.id });
    expect(chat.unreadMentions).toBe(2);
    hideMessage(chat, 'message-4', ADA.id);
    expect(chat.unreadMentions).toBe(1);
    moveRead(chat, 1, ADA.id);
    expect(chat.unreadMentions).toBe(1);
    moveRead(chat, 2, ADA.id);
    expect(chat.unreadMentions).toBe(0);
  });

  it('are told by the server where a change is of a message that is not here', () => {
    const snapshot = aConversation({ unread_count: 5, unread_mentions: 1, topic: topic(6) });
    const chat = chatFromSnapshot({ ...snapshot, last_message: aMessage({ seq: 5 }) });
    const open = (heard: ChatEvent) => leavesMentionsOpen(chat, heard, ADA.id);
    expect(open(edited(2, [ADA.id]))).toBe(true);
    expect(open({ type: 'message.deleted', message_id: 'message-2', by: BEN.id })).toBe(true);
    expect(open(edited(5, [ADA.id]))).toBe(false);
    chat.unreadMentions = 0;
    expect(open(edited(2, []))).toBe(false);
    chat.unreadCount = 0;
    expect(open(edited(2, [ADA.id]))).toBe(false);
  });
});
