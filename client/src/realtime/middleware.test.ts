import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';
import { lastSeqOf } from '@/model/chats/apply';
import { historiesTorn, historyLoaded, messageHidden, snapshotsLoaded } from '@/model/chats/slice';
import { messageOf } from '@/model/chats/stretches';
import { selectChat } from '@/store/selectors';
import { server } from '@/testing/backend';
import { ADA, aConversation, aMessage, BEN, CAT, EPOCH, posted } from '@/testing/fixtures';
import { forgetStorage, signIn, signInTo, startStack, until, type Stack } from '@/testing/stack';
import { chatOpened, historyWanted, messagesSeen, messageWanted, typingReported } from './actions';

/** A chat that the server does not answer for. */
const elsewhere = aConversation({ id: 'c7', last_message: aMessage({ seq: 7 }) });

let stack: Stack;
const chat = (id = 'c1') => selectChat(stack.store.getState(), id);
const tokens = () => stack.hub.tokens.map((token) => token.split('.')[0]);
const seqs = () => chat()?.history?.messages.map((message) => message.seq);

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
});

function reconnect(): void {
  stack.hub.client.onConnecting();
  stack.hub.client.onConnected();
}

/** Holds an answer of the server back; returns what lets it go. */
function hold(request: string): () => void {
  let release = () => {};
  stack.backend.held.set(request, new Promise<void>((resolve) => (release = resolve)));
  return () => {
    stack.backend.held.delete(request);
    release();
  };
}

/** Whether something was ever so from here on. */
function watchFor(condition: () => boolean): () => boolean {
  let seen = false;
  stack.store.subscribe(() => {
    seen ||= condition();
  });
  return () => seen;
}

/** Waits until a snapshot of the chat that is asked for from here on was taken in. */
async function snapshotTaken(): Promise<void> {
  const mark = { user_id: BEN.id, delivered_seq: 99, read_seq: 99 };
  stack.backend.room().conversation.receipts = [mark];
  stack.hub.push('user:ada', { type: 'chat.added', conversation_id: 'c1' }, 9);
  await until(() => chat()?.receipts[BEN.id]?.read_seq === 99);
}

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

  it('loads the list page by page', async () => {
    stack.backend.chatsPerPage = 2;
    for (let index = 0; index < 4; index += 1) stack.backend.add({ id: `x${index}` });
    await signIn(stack);
    expect(stack.store.getState().chats.ids).toHaveLength(5);
    expect(stack.backend.count('GET conversations')).toBe(3);
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

  it('keeps a chat that the list does not name until it is told that it is gone', async () => {
    await open();
    stack.backend.unlisted.add('c1');
    reconnect();
    await until(() => stack.store.getState().connection.status === 'online');
    expect(stack.backend.count('GET conversations/c1')).toBe(1);
    expect(chat()).toBeDefined();
  });

  it('loads anew what is stale though the last message is not known', async () => {
    const { backend, store } = stack;
    backend.post({ text: 'hidden' });
    await signInTo('c1', stack);
    backend.room().messages = [];
    const hidden = { conversationId: 'c1', messageId: 'c1-1', selfId: 'ada' };
    store.dispatch(messageHidden(hidden));
    await until(() => backend.count('GET conversations/c1') > 0);
    expect(chat()?.lastMessage).toBeNull();
    store.dispatch(historiesTorn());
    await until(() => chat()?.history?.stale === false);
  });

  it('loads the newest messages of the chats used last ahead', async () => {
    for (let index = 0; index < 30; index += 1) {
      stack.backend.add({ id: `x${index}` });
      stack.backend.post({}, `x${index}`);
    }
    await signIn(stack);
    const loaded = () =>
      Object.values(stack.store.getState().chats.entities).filter(
        ({ history }) => history !== null,
      );
    await until(() => loaded().length === 20);
  });

  it('shows at least the last message of a chat that cannot be loaded', async () => {
    stack.backend.post();
    await signIn(stack);
    stack.store.dispatch(snapshotsLoaded({ conversations: [elsewhere], selfId: ADA.id }));
    stack.store.dispatch(historyWanted({ conversationId: elsewhere.id, kind: 'latest' }));
    await until(() => chat(elsewhere.id)?.history !== null);
    expect(chat(elsewhere.id)?.history).toMatchObject({ messages: [{ seq: 7 }], stale: true });
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

  it('give a chat back though an answer from before says that it is gone', async () => {
    await open();
    const room = stack.backend.room();
    const gone = watchFor(() => chat() === undefined);
    const release = hold('GET conversations/c1');
    stack.backend.rooms.delete('c1');
    stack.hub.client.onRefused('chat:c1');
    await until(() => stack.backend.count('GET conversations/c1') === 1);
    stack.backend.rooms.set('c1', room);
    stack.hub.push('user:ada', { type: 'chat.added', conversation_id: 'c1' }, 2);
    release();
    await snapshotTaken();
    expect(gone()).toBe(false);
  });

  it('take a chat away though an answer from before brings it', async () => {
    await open();
    const release = hold('GET conversations');
    reconnect();
    await until(() => stack.backend.count('GET conversations') === 2);
    stack.backend.rooms.delete('c1');
    stack.hub.push('user:ada', { type: 'chat.removed', conversation_id: 'c1' }, 2);
    release();
    await until(() => stack.store.getState().connection.status === 'online');
    expect(chat()).toBeUndefined();
  });

  it('are each answered though the next load begins where one ends', async () => {
    await open();
    const release = hold('GET conversations/c1');
    stack.hub.push('user:ada', { type: 'chat.added', conversation_id: 'c1' }, 2);
    await until(() => stack.backend.count('GET conversations/c1') === 1);
    stack.hub.push('user:ada', { type: 'chat.added', conversation_id: 'c1' }, 3);
    const mark = { user_id: BEN.id, delivered_seq: 99, read_seq: 99 };
    stack.backend.room().conversation.receipts = [mark];
    release();
    // The answer to the first is forgotten while the second is under way.
    const releaseNext = hold('GET conversations/c1');
    await until(() => stack.backend.count('GET conversations/c1') === 2);
    releaseNext();
    await until(() => chat()?.receipts[BEN.id]?.read_seq === 99);
  });

  it('are not undone by a snapshot from before them', async () => {
    await open();
    const release = hold('GET conversations/c1');
    stack.hub.push('user:ada', { type: 'chat.added', conversation_id: 'c1' }, 2);
    await until(() => stack.backend.count('GET conversations/c1') === 1);
    const { offset, event } = stack.backend.post();
    stack.hub.feed(offset, event);
    const back = watchFor(() => chat()?.position.offset !== 2);
    release();
    await snapshotTaken();
    expect(back()).toBe(false);
    expect(chat()?.history?.stale).toBe(false);
    expect(seqs()).toEqual([1]);
  });

  it('that begin behind a hole lead to the snapshot, not to asking for ever', async () => {
    await open();
    for (let index = 0; index < 4; index += 1) stack.backend.post();
    // Whoever was removed and added again may read the log from there on only.
    stack.backend.room().readableFrom = 4;
    const last = stack.backend.post();
    stack.hub.feed(last.offset, last.event);
    await until(() => chat()?.position.offset === last.offset);
    expect(stack.backend.count('GET conversations/c1/changes')).toBe(1);
    // What happened to the messages here is not known, so they are loaded anew.
    await until(() => chat()?.history?.stale === false);
    expect(seqs()).toEqual([1, 2, 3, 4, 5]);
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

  it('acknowledges again what the hub refused', async () => {
    await open();
    stack.hub.refusedCalls = 1;
    const { offset, event } = stack.backend.post();
    stack.hub.feed(offset, event);
    await until(() => stack.hub.calls.length === 2);
    expect(stack.hub.calls[1]).toEqual(stack.hub.calls[0]);
    await until(() => chat()?.own.delivered_seq === 1);
  });

  it('tells a core after a reconnect what the hub perhaps took with it', async () => {
    await open();
    const { offset, event } = stack.backend.post();
    stack.hub.feed(offset, event);
    await until(() => chat()?.own.delivered_seq === 1);
    expect(stack.backend.room().conversation.delivered_seq).toBe(0);
    reconnect();
    await until(() => stack.backend.room().conversation.delivered_seq === 1);
    await until(() => chat()?.confirmed.delivered_seq === 1);
    const reports = stack.backend.count('POST conversations/c1/receipts');
    reconnect();
    await until(() => stack.store.getState().connection.status === 'online');
    expect(stack.backend.count('POST conversations/c1/receipts')).toBe(reports);
  });

  it.each([
    ['a failure that passes', 503, (): void => undefined],
    ['a reconnect', 422, (): void => reconnect()],
  ] as const)('reports what was read once more after %s', async (_, status, then) => {
    stack.backend.post();
    await open();
    stack.backend.receiptFailures.push(status);
    stack.store.dispatch(messagesSeen({ conversationId: 'c1', seq: 1 }));
    expect(chat()?.unreadCount).toBe(0);
    await until(() => stack.backend.count('POST conversations/c1/receipts') === 1);
    then();
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

  it('is continued from where it begins when the page comes', async () => {
    for (let index = 0; index < 100; index += 1) stack.backend.post();
    await open();
    for (let index = 0; index < 100; index += 1) stack.backend.post();
    const page = (from: number, to: number) => ({
      messages: stack.backend.room().messages.slice(from - 1, to),
      has_more: true,
      topic: stack.backend.snapshot().topic,
    });
    server.use(
      http.get(
        '*/api/v1/conversations/:id/messages',
        () => {
          const kind = 'latest' as const;
          stack.store.dispatch(historyLoaded({ conversationId: 'c1', page: page(151, 200), kind }));
          return HttpResponse.json(page(1, 50));
        },
        { once: true },
      ),
    );
    stack.store.dispatch(historyWanted({ conversationId: 'c1', kind: 'older' }));
    await until(() => seqs()?.length === 100);
    expect(seqs()).toEqual(Array.from({ length: 100 }, (_, index) => 101 + index));
  });

  it.each(['older', 'around'] as const)(
    'is asked for again (%s) when a message was deleted while it was under way',
    async (kind) => {
      for (let index = 0; index < 200; index += 1) stack.backend.post();
      await open();
      const release = hold('GET conversations/c1/messages');
      const before = stack.backend.count('GET conversations/c1/messages');
      stack.store.dispatch(
        kind === 'older'
          ? historyWanted({ conversationId: 'c1', kind })
          : messageWanted({ conversationId: 'c1', messageId: 'c1-110' }),
      );
      await until(() => stack.backend.count('GET conversations/c1/messages') > before);
      const { offset, event } = stack.backend.erase('c1-120');
      stack.hub.feed(offset, event);
      release();
      const deleted = () => {
        const known = chat();
        return known && messageOf(known, 'c1-120');
      };
      await until(() => deleted() !== undefined);
      expect(deleted()).toMatchObject({ deleted: true, text: '' });
      expect(stack.store.getState().chats).toMatchObject({ loads: {}, jumps: {} });
    },
  );

  it('tells who came and went as the log does, whatever was on the screen at the time', async () => {
    const change = (kind: 'added' | 'removed') =>
      stack.backend.log(
        kind === 'added'
          ? { type: 'member.added', user: CAT, by: BEN.id }
          : { type: 'member.removed', user_id: CAT.id, by: BEN.id },
      );
    stack.backend.room().conversation.kind = 'group';
    stack.backend.post();
    change('added');
    for (let index = 0; index < 120; index += 1) stack.backend.post();
    change('removed');
    await open();
    const told = () =>
      chat()?.history?.notices.map(({ kind, afterSeq, userId }) => [kind, afterSeq, userId]);
    await until(() => told()?.length === 1);
    expect(told()).toEqual([['removed', 121, CAT.id]]);
    // As it happens, and as often as it is told.
    const again = change('added');
    stack.hub.feed(again.offset, again.event);
    stack.hub.feed(again.offset, again.event);
    expect(told()?.length).toBe(2);
    while (chat()?.history?.hasMore) {
      const before = seqs()?.length;
      stack.store.dispatch(historyWanted({ conversationId: 'c1', kind: 'older' }));
      await until(() => seqs()?.length !== before);
    }
    const story = [
      ['added', 1, CAT.id],
      ['removed', 121, CAT.id],
      ['added', 121, CAT.id],
    ];
    await until(() => told()?.length === 3);
    expect(told()).toEqual(story);
    expect(stack.store.getState().people.entities[CAT.id]).toEqual(CAT);
  });
});
