import { beforeEach, describe, expect, it } from 'vitest';
import { messageDiscarded, messageQueued, messageRetried } from '@/model/outbox';
import { selectChat, selectOutbox, statusOf } from '@/store/selectors';
import { ADA } from '@/testing/fixtures';
import { closeTab, forgetStorage, signIn, startStack, until, type Stack } from '@/testing/stack';
import { historyWanted } from '@/realtime/actions';

let stack: Stack;
const outbox = () => selectOutbox(stack.store.getState());
const write = (text: string) => stack.store.dispatch(messageQueued(ADA.id, 'c1', text));
const sent = () => stack.backend.room().messages.map((message) => message.text);

/** The hub delivers what the core has logged since. */
function deliver(): void {
  for (const { offset, event } of stack.backend.room().log.slice(1)) stack.hub.feed(offset, event);
}

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
  await signIn(stack);
});

describe('the outbox', () => {
  it('sends in the order of writing, and the log’s message takes the place of the pending one', async () => {
    stack.store.dispatch(historyWanted({ conversationId: 'c1', kind: 'latest' }));
    await until(() => selectChat(stack.store.getState(), 'c1')?.history !== null);
    const texts = ['one', 'two', 'three'];
    texts.forEach(write);
    expect(outbox().map((entry) => entry.state)).toEqual(['queued', 'queued', 'queued']);
    await until(() => outbox().every((entry) => entry.state === 'accepted'));
    expect(sent()).toEqual(texts);
    deliver();
    expect(outbox()).toEqual([]);
    const history = selectChat(stack.store.getState(), 'c1')?.history?.messages;
    expect(history?.map((message) => message.text)).toEqual(texts);
  });

  it('does not double a message whose event comes before the answer', async () => {
    const { clientMsgId } = write('hello').payload;
    // Another tab has sent it: the event is here before this tab's request was answered.
    stack.backend.post({ client_msg_id: clientMsgId, text: 'hello', sender_id: ADA.id });
    deliver();
    expect(outbox()).toEqual([]);
    await until(() => stack.backend.count('POST conversations/c1/messages') === 1);
    expect(sent()).toEqual(['hello']);
  });

  it.each([502, 503, 0])('waits and sends again after %i', async (status) => {
    stack.backend.sendFailures.push(status);
    write('again');
    await until(() => stack.backend.count('POST conversations/c1/messages') === 1);
    expect(outbox()[0]?.state).toBe('queued');
    window.dispatchEvent(new Event('online'));
    await until(() => sent().length === 1);
  });

  it('says when the server refuses for good, and tries again only when told', async () => {
    stack.backend.sendFailures.push(409);
    write('refused');
    write('next');
    await until(() => sent().length === 1);
    expect(sent()).toEqual(['next']);
    const [failed] = outbox();
    expect(failed).toMatchObject({ state: 'failed', reason: 'Refused_409.' });
    stack.store.dispatch(messageRetried(failed?.clientMsgId ?? ''));
    await until(() => sent().length === 2);
  });

  it('forgets what the user deletes', async () => {
    stack.backend.sendFailures.push(422);
    write('refused');
    await until(() => outbox()[0]?.state === 'failed');
    stack.store.dispatch(messageDiscarded(outbox()[0]?.clientMsgId ?? ''));
    expect(outbox()).toEqual([]);
  });

  it('sends after a reload what was written before it', async () => {
    stack.backend.sendFailures.push(503);
    const { clientMsgId } = write('survives').payload;
    await until(() => stack.backend.count('POST conversations/c1/messages') === 1);
    await stack.persistence.flush();
    closeTab(stack);
    const reloaded = await startStack(stack.backend);
    expect(selectOutbox(reloaded.store.getState())[0]?.clientMsgId).toBe(clientMsgId);
    await until(() => sent().length === 1);
    expect(stack.backend.room().messages[0]?.client_msg_id).toBe(clientMsgId);
  });
});

describe('ticks', () => {
  const message = { seq: 5, sender_id: ADA.id };
  const marks = (delivered_seq: number, read_seq: number) => ({ delivered_seq, read_seq });

  it.each([
    [marks(4, 4), 'sent'],
    [marks(5, 4), 'delivered'],
    [marks(5, 5), 'read'],
  ] as const)('%o: %s', (ben, status) => {
    const chat = selectChat(stack.store.getState(), 'c1');
    if (!chat) throw new Error('no chat');
    const direct = { ...chat, receipts: { ada: marks(9, 9), ben } };
    expect(statusOf(direct, message, ADA.id)).toBe(status);
    const group = { ...chat, kind: 'group' as const, receipts: { '*': ben } };
    expect(statusOf(group, message, ADA.id)).toBe(status);
  });
});
