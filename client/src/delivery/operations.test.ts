import { beforeEach, describe, expect, it } from 'vitest';
import { draftEdited } from '@/model/drafts';
import { operationQueued, type Change } from '@/model/operations';
import { messageQueued } from '@/model/outbox';
import { historyWanted } from '@/realtime/actions';
import { selectChat, selectOperations } from '@/store/selectors';
import { ADA } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, until, type Stack } from '@/testing/stack';
import { dumpAll } from '@/testing/storage';

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

describe('an answer', () => {
  it('names the message, and can go out without when that is gone', async () => {
    stack.backend.sendFailures.push(422);
    const { clientMsgId } = stack.store.dispatch(
      messageQueued(ADA.id, 'c1', 'yes', 'c1-1'),
    ).payload;
    await until(() => stack.store.getState().outbox.entities[clientMsgId]?.state === 'failed');
    expect(stack.store.getState().outbox.entities[clientMsgId]?.replyTo).toBe('c1-1');
  });
});
