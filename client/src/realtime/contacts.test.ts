/** First contact, blocks and coming back, as the connection brings them. */
import { beforeEach, describe, expect, it } from 'vitest';
import { chatsApi } from '@/api/chats';
import { selectChat } from '@/store/selectors';
import { BEN } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, until, type Stack } from '@/testing/stack';
import { chatOpened, historyWanted } from './actions';

let stack: Stack;
const chat = (id = 'c1') => selectChat(stack.store.getState(), id);

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
});

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

describe('what two people are to each other', () => {
  const conversation = () => stack.backend.room().conversation;

  it('is loaded when it changed, and the marks that a yes brings with it', async () => {
    conversation().awaits_other = true;
    conversation().receipts = [];
    await open();
    expect(chat()).toMatchObject({ awaitsOther: true, receipts: {} });
    conversation().awaits_other = false;
    conversation().receipts = [{ user_id: BEN.id, delivered_seq: 1, read_seq: 1 }];
    const accepted = stack.backend.log({ type: 'request.accepted', user_id: BEN.id });
    stack.hub.feed(accepted.offset, accepted.event);
    expect(chat()?.awaitsOther).toBe(false);
    await until(() => chat()?.receipts[BEN.id]?.read_seq === 1);
    conversation().blocked = true;
    const changed = stack.backend.log({ type: 'contact.changed' });
    stack.hub.feed(changed.offset, changed.event);
    await until(() => chat()?.blocked === true);
  });

  it('is loaded, too, when it changed while nothing was heard', async () => {
    await open();
    conversation().blocked = true;
    stack.backend.log({ type: 'contact.changed' });
    const { offset, event } = stack.backend.post();
    stack.hub.feed(offset, event);
    await until(() => chat()?.blocked === true && chat()?.position.offset === offset);
  });

  it('follows blocks that are made on another device', async () => {
    await open();
    stack.hub.push('user:ada', { type: 'block.changed', user_id: BEN.id, blocked: true }, 5);
    expect(chat()?.blocked).toBe(true);
    stack.hub.push('user:ada', { type: 'block.changed', user_id: BEN.id, blocked: false }, 6);
    expect(chat()?.blocked).toBe(false);
  });

  it('is not taken from an answer that was asked for before a block', async () => {
    await open();
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    stack.backend.held.set('GET conversations/c1', held);
    stack.hub.push('user:ada', { type: 'chat.added', conversation_id: 'c1' }, 5);
    await until(() => stack.backend.count('GET conversations/c1') === 1);
    conversation().blocked = true;
    stack.hub.push('user:ada', { type: 'block.changed', user_id: BEN.id, blocked: true }, 6);
    let lost = false;
    stack.store.subscribe(() => {
      lost ||= chat()?.blocked === false;
    });
    stack.backend.held.delete('GET conversations/c1');
    release();
    await until(() => stack.backend.count('GET conversations/c1') === 2);
    await snapshotTaken();
    expect(lost).toBe(false);
  });
});

describe('a group that asks the user back', () => {
  it('is heard once they have accepted', async () => {
    stack.backend.add({ id: 'g1', kind: 'group', title: 'Crew', state: 'requested' });
    await signIn(stack);
    stack.store.dispatch(chatOpened('g1'));
    expect(stack.hub.subscribed.has('chat:g1')).toBe(false);
    await stack.store.dispatch(chatsApi.endpoints.accept.initiate('g1'));
    expect(chat('g1')?.state).toBe('active');
    expect(stack.hub.subscribed.has('chat:g1')).toBe(true);
  });
});
