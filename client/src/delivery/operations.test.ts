import { beforeEach, describe, expect, it } from 'vitest';
import type { ChatEvent } from '@/api/types';
import '@/delivery/drafts';
import { snapshotsLoaded } from '@/model/chats/slice';
import { draftEdited } from '@/model/drafts';
import { operationQueued, type Change } from '@/model/operations';
import { messageQueued } from '@/model/outbox';
import { historyWanted } from '@/realtime/actions';
import { selectChat, selectOperations } from '@/store/selectors';
import { ADA, aMessage } from '@/testing/fixtures';
import { closeTab, forgetStorage, signIn, startStack, until, type Stack } from '@/testing/stack';
import { dumpAll, putStored } from '@/testing/storage';

const MARKER = 'xylophone';

let stack: Stack;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
  stack.backend.post({ text: 'first' });
  stack.backend.post({ text: MARKER, sender_id: ADA.id });
  await signIn(stack);
  stack.store.dispatch(historyWanted({ conversationId: 'c1', kind: 'latest' }));
  await until(() => messages().length === 2);
});

const chat = () => selectChat(stack.store.getState(), 'c1');
const messages = () => chat()?.history?.messages ?? [];
const erased = (messageId: string): [number, ChatEvent] => {
  const { offset, event } = stack.backend.erase(messageId);
  return [offset, event];
};
const waiting = () => selectOperations(stack.store.getState());
const change = (wanted: Change, messageId = 'c1-2') =>
  stack.store.dispatch(operationQueued(ADA.id, { conversationId: 'c1', messageId }, wanted));

describe('what is to become of a message', () => {
  it('goes out, and is applied once however often it is heard', async () => {
    change({ kind: 'edit', text: 'better' });
    await until(() => waiting().length === 0);
    expect(messages()[1]).toMatchObject({ text: 'better' });
    const event = stack.backend.room().log.at(-1);
    if (event) stack.hub.feed(event.offset, event.event);
    expect(messages().map(({ text }) => text)).toEqual(['first', 'better']);
    expect(chat()?.position.offset).toBe(4);
  });

  it('is refused in words, and what was typed waits', async () => {
    stack.backend.refusals.push({ status: 403, code: 'edit_window_over' });
    change({ kind: 'edit', text: 'typed' });
    await until(() => waiting()[0]?.state === 'failed');
    expect(waiting()[0]).toMatchObject({ change: { kind: 'edit', text: 'typed' } });
    expect(waiting()[0]?.reason).toContain('too old to be edited');
    expect(messages()[1]?.text).toBe(MARKER);
  });

  it('is a deletion that is done where the message is gone already', async () => {
    stack.backend.refusals.push({ status: 404, code: 'not_found' });
    change({ kind: 'hide' }, 'c1-9');
    await until(() => waiting().length === 0);
  });

  it('is the last word alone where several wait', () => {
    change({ kind: 'edit', text: 'one' });
    change({ kind: 'edit', text: 'two' });
    change({ kind: 'edit', text: 'three' }, 'c1-1');
    expect(waiting().map((operation) => operation.change)).toEqual([
      { kind: 'edit', text: 'two' },
      { kind: 'edit', text: 'three' },
    ]);
  });

  it('is deleted for everyone though its author hides the tombstone before that is done', async () => {
    stack.backend.refusals.push({ status: 503, code: 'unavailable' });
    change({ kind: 'delete' });
    change({ kind: 'hide' });
    expect(waiting().map((operation) => operation.change.kind)).toEqual(['delete', 'hide']);
    await until(() => waiting().length === 0);
    const { log } = stack.backend.room();
    expect(log.at(-1)?.event).toMatchObject({ type: 'message.deleted', message_id: 'c1-2' });
    expect(messages().map(({ seq }) => seq)).toEqual([1]);
  });

  it('leaves the edit that is typed alone, unless it is one of the text', () => {
    const edit = { messageId: 'c1-2', text: 'half typed' };
    stack.store.dispatch(draftEdited({ conversationId: 'c1', text: '', editedAt: 1, edit }));
    change({ kind: 'react', emoji: '👍' });
    change({ kind: 'pin', forS: 86_400 });
    expect(stack.store.getState().drafts.c1?.edit).toEqual(edit);
    change({ kind: 'delete' });
    expect(stack.store.getState().drafts.c1).toBeUndefined();
  });

  it('takes its edit along where the message is hidden on another device', async () => {
    stack.backend.refusals.push({ status: 403, code: 'edit_window_over' });
    change({ kind: 'edit', text: 'typed' });
    await until(() => waiting()[0]?.state === 'failed');
    const event = { type: 'message.hidden', conversation_id: 'c1', message_id: 'c1-2' };
    stack.hub.push('user:ada', event, 2);
    expect(waiting()).toEqual([]);
  });

  it('hides a message here and on the other devices of the user', async () => {
    change({ kind: 'hide' });
    await until(() => waiting().length === 0);
    expect(messages().map(({ seq }) => seq)).toEqual([1]);
    const event = { type: 'message.hidden', conversation_id: 'c1', message_id: 'c1-1' };
    stack.hub.push('user:ada', event, 2);
    expect(messages()).toEqual([]);
  });
});

describe('the text of a deleted message', () => {
  it('is in no store of memory and of the device, wherever it stood', async () => {
    const { store, persistence, backend, hub } = stack;
    const edit = { messageId: 'c1-2', text: MARKER };
    store.dispatch(draftEdited({ conversationId: 'c1', text: 'else', edit, editedAt: Date.now() }));
    backend.refusals.push({ status: 403, code: 'edit_window_over' });
    change({ kind: 'edit', text: `${MARKER}!` });
    await until(() => waiting()[0]?.state === 'failed');
    await persistence.flush();
    expect(await dumpAll()).toContain(MARKER);

    const { offset, event } = backend.erase('c1-2');
    hub.feed(offset, event);
    await until(() => messages()[1]?.deleted === true);
    await persistence.flush();
    expect(JSON.stringify(store.getState())).not.toContain(MARKER);
    expect(await dumpAll()).not.toContain(MARKER);
    expect(await dumpAll()).toContain('first');
  });
});

describe('the text of a message that was deleted while nobody heard of it', () => {
  /** The same browser, opened again; nothing of the former page goes on. */
  async function reopened(whileClosed: () => void, onOpen?: () => void): Promise<void> {
    await stack.persistence.flush();
    closeTab(stack);
    whileClosed();
    expect(await dumpAll()).toContain(MARKER);
    stack = await startStack(stack.backend);
    onOpen?.();
    await until(() => stack.store.getState().connection.status === 'online');
  }

  async function nothingIsLeft(): Promise<void> {
    await until(() => !JSON.stringify(stack.store.getState()).includes(MARKER));
    await stack.persistence.flush();
    expect(await dumpAll()).not.toContain(MARKER);
    expect(messages()[0]?.text).toBe('first');
  }

  /** The user deletes the marked message for themselves, on another device. */
  function hideElsewhere(): void {
    const room = stack.backend.room();
    room.messages = room.messages.filter(({ text }) => text !== MARKER);
    stack.backend.tell({ type: 'message.hidden', conversation_id: 'c1', message_id: 'c1-2' });
  }

  it('goes where the user deleted it for themselves on another device', async () => {
    stack.backend.tell({ type: 'read.moved', conversation_id: 'c1', read_seq: 1 });
    await reopened(hideElsewhere);
    await nothingIsLeft();
    expect(stack.store.getState().topics['user:ada']?.offset).toBe(2);
  });

  it('goes where nobody can tell any more what the user deleted there', async () => {
    await reopened(hideElsewhere, () => stack.hub.shortLogs.add('user:ada'));
    await nothingIsLeft();
  });

  it('goes where the log of its chat cannot be read on', async () => {
    await reopened(() => {
      const { offset } = stack.backend.erase('c1-2');
      stack.backend.post({ text: 'third' });
      stack.backend.room().readableFrom = offset + 1;
    });
    await nothingIsLeft();
  });

  it.each([
    ['before', 0],
    ['between', 1],
  ])('goes from the disk though this tab never had the message %s', async (_, seq) => {
    const old = aMessage({ id: 'c1-0', seq, client_msg_id: 'old', text: MARKER });
    stack.hub.feed(...erased('c1-2'));
    await stack.persistence.flush();
    await putStored(ADA.id, 'messages', old);
    stack.hub.feed(...erased('c1-0'));
    await nothingIsLeft();
  });

  it('takes an edit along that the server no longer takes', async () => {
    stack.backend.refusals.push({ status: 409, code: 'message_deleted' });
    change({ kind: 'edit', text: `${MARKER} again` });
    await until(() => waiting().length === 0);
    await nothingIsLeft();
  });
});

describe('an answer', () => {
  it('names the message, and can go out without when that is gone', async () => {
    stack.backend.sendFailures.push(422);
    const { clientMsgId } = stack.store.dispatch(
      messageQueued(ADA.id, 'c1', 'yes', { replyTo: 'c1-1' }),
    ).payload;
    await until(() => stack.store.getState().outbox.entities[clientMsgId]?.state === 'failed');
    expect(stack.store.getState().outbox.entities[clientMsgId]?.replyTo).toBe('c1-1');
  });
});

describe('a chat that is cleared', () => {
  const clear = () => change({ kind: 'clear', upToSeq: 2 }, 'c1');

  it('is empty at once, whatever an older answer says, and a begun edit goes', () => {
    const { store, backend } = stack;
    const edit = { messageId: 'c1-2', text: 'better' };
    store.dispatch(draftEdited({ conversationId: 'c1', text: '', editedAt: Date.now(), edit }));
    backend.refusals.push(
      ...Array.from({ length: 3 }, () => ({ status: 503, code: 'overloaded' })),
    );
    clear();
    expect(messages()).toEqual([]);
    expect(chat()?.lastMessage).toBeNull();
    expect(store.getState().drafts.c1?.edit).toBeUndefined();
    const { conversation } = backend.room();
    store.dispatch(snapshotsLoaded({ conversations: [conversation], selfId: ADA.id }));
    expect(chat()).toMatchObject({ lastMessage: null, unreadCount: 0 });
    expect(waiting()).toHaveLength(1);
  });

  it('is as it was where the server will not have it', async () => {
    stack.backend.refusals.push({ status: 422, code: 'unprocessable' });
    clear();
    expect(messages()).toEqual([]);
    await until(() => waiting()[0]?.state === 'failed');
    await until(() => chat()?.lastMessage?.seq === 2);
    stack.store.dispatch(historyWanted({ conversationId: 'c1', kind: 'latest' }));
    await until(() => messages().length === 2);
  });
});
