import { beforeEach, describe, expect, it } from 'vitest';
import { lastSeqOf } from '@/model/chats/apply';
import { selectChat } from '@/store/selectors';
import { ADA, BEN, EPOCH, posted } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, until, type Stack } from '@/testing/stack';
import { chatOpened, historyWanted, messagesSeen, typingReported } from './actions';

let stack: Stack;
const chat = (id = 'c1') => selectChat(stack.store.getState(), id);
const tokens = () => stack.hub.tokens.map((token) => token.split('.')[0]);
const seqs = () => chat()?.history?.messages.map((message) => message.seq);

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
});

/** Signs in and opens the chat, as a person does. */
async function open(): Promise<void> {
  await signIn(stack);
  stack.store.dispatch(chatOpened('c1'));
  stack.store.dispatch(historyWanted({ conversationId: 'c1', kind: 'latest' }));
  await until(() => chat()?.history !== null);
}

describe('connecting', () => {
  it('loads the chats after the socket is up and says so', async () => {
    stack.backend.post();
    await signIn(stack);
    expect(chat()).toMatchObject({ unreadCount: 1, lastMessage: { seq: 1 } });
    expect(tokens()).toEqual(['token-1']);
  });

  it('refreshes the session when the hub no longer takes the token', async () => {
    await signIn(stack);
    await stack.hub.accept();
    expect(tokens()).toEqual(['token-1', 'token-2']);
  });

  it('ends the session when there is none to refresh', async () => {
    await signIn(stack);
    stack.backend.signedIn = false;
    await expect(stack.hub.client.getToken()).rejects.toThrow();
    expect(stack.store.getState().session.status).toBe('anonymous');
    expect(stack.hub.closed).toBe(true);
  });

  it('catches up with what moved meanwhile and drops what is gone', async () => {
    stack.backend.add({ id: 'c2' });
    await open();
    stack.backend.post();
    stack.backend.post();
    stack.backend.rooms.delete('c2');
    stack.hub.client.onConnecting();
    expect(stack.store.getState().connection.status).toBe('connecting');
    stack.hub.client.onConnected();
    await until(() => stack.store.getState().connection.status === 'online');
    expect(seqs()).toEqual([1, 2]);
    expect(chat('c2')).toBeUndefined();
  });
});

describe('events', () => {
  it('arrive once whether by the feed or by the subscription', async () => {
    await open();
    stack.hub.confirm('chat:c1', { epoch: EPOCH, offset: 1 });
    const first = stack.backend.post();
    const second = stack.backend.post();
    stack.hub.push('chat:c1', first.event, first.offset);
    stack.hub.feed(first.offset, first.event);
    stack.hub.feed(second.offset, second.event);
    stack.hub.push('chat:c1', second.event, second.offset);
    expect(seqs()).toEqual([1, 2]);
    expect(chat()?.unreadCount).toBe(2);
  });

  it('with a gap before them are completed from the changes', async () => {
    await open();
    stack.backend.post();
    stack.backend.post();
    const third = stack.backend.post();
    stack.hub.feed(third.offset, third.event);
    await until(() => seqs()?.length === 3);
    expect(seqs()).toEqual([1, 2, 3]);
    expect(stack.backend.count('GET conversations/c1/changes')).toBe(1);
  });

  it('of another epoch reload the chat', async () => {
    await open();
    stack.backend.room().conversation.topic.epoch = 'epoch-2';
    const event = stack.backend.post();
    stack.hub.feed(event.offset, event.event, 'chat:c1', 'epoch-2');
    await until(() => chat()?.position.epoch === 'epoch-2');
    expect(chat()).toMatchObject({ lastMessage: { seq: 1 }, history: null });
  });

  it('that nobody logged are ignored', async () => {
    await open();
    stack.hub.confirm('chat:c1', { epoch: EPOCH, offset: 1 });
    stack.hub.push('chat:c1', posted({ seq: 1, text: 'forged' }));
    stack.hub.push('user:ada', { type: 'chat.removed', conversation_id: 'c1' });
    expect(seqs()).toEqual([]);
  });

  it('are loaded when a subscription could not be recovered', async () => {
    await open();
    stack.backend.post();
    stack.hub.confirm('chat:c1', { epoch: EPOCH, offset: 2 }, { lost: true });
    await until(() => seqs()?.length === 1);
    expect(chat()?.position.offset).toBe(2);
  });

  it('add and remove chats', async () => {
    await signIn(stack);
    stack.backend.add({ id: 'c2', kind: 'group', title: 'Crew' });
    stack.hub.push('user:ada', { type: 'chat.added', conversation_id: 'c2' }, 2);
    await until(() => chat('c2') !== undefined);
    stack.hub.push('user:ada', { type: 'chat.removed', conversation_id: 'c2' }, 3);
    expect(chat('c2')).toBeUndefined();
  });

  it('move the unread count when another device read', async () => {
    stack.backend.post();
    await signIn(stack);
    stack.hub.push('user:ada', { type: 'read.moved', conversation_id: 'c1', read_seq: 1 }, 2);
    expect(chat()?.unreadCount).toBe(0);
  });
});

describe('what the others hear', () => {
  it('acknowledges what arrived, once for a burst', async () => {
    await open();
    for (const { offset, event } of [stack.backend.post(), stack.backend.post()]) {
      stack.hub.feed(offset, event);
    }
    await until(() => stack.hub.calls.length > 0);
    expect(stack.hub.calls).toEqual([{ method: 'ack', data: { conversation_id: 'c1', seq: 2 } }]);
    expect(chat()?.own.delivered_seq).toBe(2);
  });

  it('reports what was read, and again if the report was lost', async () => {
    stack.backend.post();
    await open();
    stack.store.dispatch(messagesSeen({ conversationId: 'c1', seq: 1 }));
    expect(chat()?.unreadCount).toBe(0);
    await until(() => stack.backend.room().conversation.read_seq === 1);
    stack.backend.room().conversation.read_seq = 0;
    stack.hub.client.onConnecting();
    stack.hub.client.onConnected();
    await until(() => stack.backend.room().conversation.read_seq === 1);
  });

  it('tells of typing at most every three seconds', async () => {
    await open();
    stack.store.dispatch(typingReported('c1'));
    stack.store.dispatch(typingReported('c1'));
    expect(stack.hub.published).toEqual([{ channel: 'chat:c1', data: { type: 'typing' } }]);
  });
});

describe('what the others do', () => {
  it('shows typing until they write, and never one’s own', async () => {
    await open();
    stack.hub.push('chat:c1', { type: 'typing', user_id: BEN.id });
    stack.hub.push('chat:c1', { type: 'typing', user_id: ADA.id });
    expect(Object.keys(stack.store.getState().activity.typing.c1 ?? {})).toEqual([BEN.id]);
    const { offset, event } = stack.backend.post();
    stack.hub.feed(offset, event);
    expect(stack.store.getState().activity.typing.c1).toEqual({});
  });

  it('takes watermarks and presence from the subscription and its events', async () => {
    await open();
    const data = {
      receipts: [{ user_id: BEN.id, delivered_seq: 3, read_seq: 2 }],
      online: [BEN.id],
    };
    stack.hub.confirm('chat:c1', { epoch: EPOCH, offset: 1 }, { data });
    stack.hub.push('chat:c1', { type: 'presence', user_id: BEN.id, online: false });
    const late = [{ user_id: BEN.id, delivered_seq: 1, read_seq: 1 }];
    stack.hub.push('chat:c1', { type: 'receipts.moved', receipts: late });
    expect(chat()?.receipts[BEN.id]).toEqual({ delivered_seq: 3, read_seq: 2 });
    expect(stack.store.getState().activity.online.c1).toEqual([]);
  });
});

describe('subscriptions', () => {
  it('start where the stored messages end and keep the fifty used last', async () => {
    for (let index = 0; index < 55; index += 1) stack.backend.add({ id: `x${index}` });
    stack.backend.post();
    await signIn(stack);
    stack.store.dispatch(chatOpened('c1'));
    expect(stack.hub.subscribed.get('chat:c1')).toEqual({ epoch: EPOCH, offset: 2 });
    for (let index = 0; index < 50; index += 1) stack.store.dispatch(chatOpened(`x${index}`));
    expect(stack.hub.subscribed.size).toBe(50);
    expect(stack.hub.subscribed.has('chat:c1')).toBe(false);
  });

  it('that the hub refuses lead to the truth about the membership', async () => {
    await open();
    stack.backend.rooms.delete('c1');
    stack.hub.client.onRefused('chat:c1');
    await until(() => chat() === undefined);
  });
});

describe('history', () => {
  it('is loaded page by page into the past', async () => {
    for (let index = 0; index < 70; index += 1) stack.backend.post();
    await open();
    expect(chat()?.history?.messages).toHaveLength(50);
    stack.store.dispatch(historyWanted({ conversationId: 'c1', kind: 'older' }));
    await until(() => chat()?.history?.messages.length === 70);
    expect(chat()?.history?.hasMore).toBe(false);
    const current = chat();
    expect(current && lastSeqOf(current)).toBe(70);
  });
});
