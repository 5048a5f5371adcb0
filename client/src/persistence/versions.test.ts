/** What earlier versions of the app have left in a browser. */
import { openDB } from 'idb';
import { beforeEach, describe, expect, it } from 'vitest';
import { chatFromSnapshot } from '@/model/chats/apply';
import { CONTENT_OF_OLDER_VERSION } from '@/model/chats/message';
import { operationQueued } from '@/model/operations';
import { messageQueued } from '@/model/outbox';
import { selectChat, selectOutbox } from '@/store/selectors';
import { ADA, aConversation, aMessage, BEN } from '@/testing/fixtures';
import {
  closeTab,
  forgetStorage,
  signIn,
  signInTo,
  startStack,
  until,
  type Stack,
} from '@/testing/stack';
import { backToVersion, makeVersion1, without } from '@/testing/storage';
import { ONLY } from './database';
import { type StoredChat } from './records';

let stack: Stack;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
});

const texts = () => selectOutbox(stack.store.getState()).map((entry) => entry.text);
const seqs = () =>
  selectChat(stack.store.getState(), 'c1')?.history?.messages.map((message) => message.seq);

describe('version 2, which knew no requests', () => {
  it('is taken over with its chats and messages', async () => {
    stack.backend.room().conversation.members.forEach((member) => {
      if (member.id === BEN.id) member.role = 'owner';
    });
    stack.backend.post();
    await signInTo('c1', stack);
    await stack.persistence.flush();
    closeTab(stack);
    const lacking = ['memberCount', 'roles', 'state', 'awaitsOther', 'blocked'];
    await backToVersion(2, ADA.id, (store, record) =>
      store === 'chats' ? without(record, lacking) : record,
    );
    stack = await startStack(stack.backend);
    expect(stack.store.getState().storage.status).toBe('kept');
    expect(seqs()).toEqual([1]);
    const restored = selectChat(stack.store.getState(), 'c1');
    expect(restored).toMatchObject({ state: 'active', roles: {}, blocked: false });
    // What version 2 did not know comes with the next snapshot, though nothing happened meanwhile.
    await until(() => selectChat(stack.store.getState(), 'c1')?.roles[BEN.id] === 'owner');
  });
});

describe('version 3, which knew nothing of what becomes of messages', () => {
  it('is taken over with its messages and what was not sent, and goes on with both', async () => {
    stack.backend.post();
    stack.backend.post({ sender_id: ADA.id });
    await signInTo('c1', stack);
    stack.backend.sendFailures.push(503);
    stack.store.dispatch(messageQueued(ADA.id, 'c1', 'on its way'));
    await stack.persistence.flush();
    closeTab(stack);
    const unknown = Object.keys(CONTENT_OF_OLDER_VERSION);
    await backToVersion(3, ADA.id, (store, record) => {
      if (store === 'messages') return without(record, unknown);
      if (store !== 'chats') return record;
      const { history, lastMessage } = record as unknown as StoredChat;
      return {
        ...without(record, ['changedAt', 'hidden']),
        history: without({ ...history }, ['ids']),
        lastMessage: without({ ...lastMessage }, unknown),
      };
    });
    stack = await startStack(stack.backend);
    expect(stack.store.getState().storage.status).toBe('kept');
    expect(seqs()).toEqual([1, 2]);
    const restored = selectChat(stack.store.getState(), 'c1');
    expect(restored).toMatchObject({ hidden: [], lastMessage: CONTENT_OF_OLDER_VERSION });
    expect(restored?.history?.messages[0]).toMatchObject(CONTENT_OF_OLDER_VERSION);
    expect(texts()).toEqual(['on its way']);
    await until(() => stack.store.getState().connection.status === 'online');
    await until(() => stack.backend.room().messages.length === 3);
    stack.store.dispatch(
      operationQueued(ADA.id, { conversationId: 'c1', messageId: 'c1-2' }, { kind: 'delete' }),
    );
    await until(() => stack.backend.room().messages[1]?.deleted === true);
  });
});

describe('version 1, which everybody shared', () => {
  const entry = (clientMsgId: string, conversationId: string) => ({
    clientMsgId,
    conversationId,
    text: `text ${clientMsgId}`,
    createdAt: '2026-01-05T10:00:00.000Z',
    state: 'queued',
    reason: null,
    message: null,
  });
  const chat = (over: Parameters<typeof aConversation>[0]) => ({
    ...chatFromSnapshot(aConversation(over)),
    history: { messages: [aMessage()], notices: [], hasMore: false, stale: false },
  });

  beforeEach(async () => {
    closeTab(stack);
    await forgetStorage();
  });

  it('is taken over by the user it names; nothing goes out unasked', async () => {
    await makeVersion1({
      user: { [ONLY]: ADA },
      settings: { [ONLY]: { theme: 'dark' } },
      chats: {
        c1: chat({ last_message: aMessage() }),
        c9: chat({ id: 'c9', members: [BEN] }),
      },
      people: { ada: ADA, ben: BEN },
      outbox: { a: entry('a', 'c1'), b: entry('b', 'c9'), c: { clientMsgId: 'c' } },
      drafts: { c1: { conversationId: 'c1', text: 'half', editedAt: 1 } },
    });
    stack = await startStack(stack.backend);
    const state = stack.store.getState();
    expect(state.session).toMatchObject({ status: 'restoring', user: ADA });
    expect(state.settings.theme).toBe('dark');
    expect(state.chats.ids).toEqual(['c1']);
    expect(seqs()).toEqual([1]);
    expect(state.drafts.c1?.text).toBe('half');
    expect(selectOutbox(state)).toMatchObject([
      { clientMsgId: 'a', senderId: ADA.id, state: 'failed' },
    ]);
    const db = await openDB('rookery');
    expect([...db.objectStoreNames]).toEqual(['device', 'settings']);
    expect(await db.getAllKeys('device')).toEqual(['user']);
    db.close();
  });

  it('of nobody is dropped', async () => {
    await makeVersion1({ outbox: { a: entry('a', 'c1') }, user: { [ONLY]: 'damaged' } });
    stack = await startStack(stack.backend);
    expect(stack.store.getState().session).toMatchObject({ status: 'unknown', user: null });
    await signIn(stack);
    expect(texts()).toEqual([]);
  });
});
