import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';
import { draftEdited } from '@/model/drafts';
import { messageQueued } from '@/model/outbox';
import { chatLeft } from '@/model/views';
import { server } from '@/testing/backend';
import { ADA } from '@/testing/fixtures';
import { closeTab, forgetStorage, signInTo, startStack, until, type Stack } from '@/testing/stack';
import './drafts';

let stack: Stack;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
});

const onServer = () => stack.backend.room().conversation.draft?.text ?? null;
const here = () => stack.store.getState().drafts.c1;
const puts = () => stack.backend.count('PUT conversations/c1/draft');
const write = (text: string, editedAt = Date.now()) =>
  stack.store.dispatch(draftEdited({ conversationId: 'c1', text, editedAt }));
const leave = () => stack.store.dispatch(chatLeft({ conversationId: 'c1', place: null }));

async function reconnect(): Promise<void> {
  stack.hub.client.onConnecting();
  stack.hub.client.onConnected();
  await until(() => stack.store.getState().connection.status === 'online');
}

describe('what the user begins to write', () => {
  it('is told once while they type, and at once when they leave', async () => {
    await signInTo('c1', stack);
    for (const text of ['h', 'he', 'hel', 'hell', 'hello']) write(text);
    await until(() => onServer() === 'hello');
    expect(puts()).toBe(1);
    await until(() => here()?.kept === true);
    write('hello again');
    leave();
    await until(() => onServer() === 'hello again');
  });

  it('is told at once when the page goes away', async () => {
    await signInTo('c1', stack);
    write('in a hurry');
    window.dispatchEvent(new Event('pagehide'));
    await until(() => onServer() === 'in a hurry');
    expect(puts()).toBe(1);
  });

  it('is taken away when it is sent', async () => {
    await signInTo('c1', stack);
    write('hello');
    leave();
    await until(() => onServer() === 'hello');
    stack.store.dispatch(messageQueued(ADA.id, 'c1', 'hello'));
    await until(() => onServer() === null);
    await until(() => here()?.kept === true);
    expect(here()?.text).toBe('');
  });

  it('is told once more when it changes while it is told', async () => {
    await signInTo('c1', stack);
    let answer = () => {};
    stack.backend.held.set(
      'PUT conversations/c1/draft',
      new Promise((resolve) => (answer = resolve)),
    );
    write('hello');
    leave();
    await until(() => puts() === 1);
    stack.store.dispatch(messageQueued(ADA.id, 'c1', 'hello'));
    answer();
    await until(() => puts() === 2);
    await until(() => onServer() === null);
  });

  it('is told after a time without a network, over a reload, the newest alone', async () => {
    await signInTo('c1', stack);
    let down = true;
    // What is not answered here goes to the backend.
    const lost = http.put('*/draft', () => (down ? HttpResponse.error() : undefined));
    server.use(lost);
    write('one');
    leave();
    write('two');
    await stack.persistence.flush();
    closeTab(stack);
    down = false;
    stack = await startStack(stack.backend);
    await signInTo('c1', stack);
    await until(() => onServer() === 'two');
    expect(stack.backend.userLog.map(({ event }) => 'text' in event && event.text)).toEqual([
      'two',
    ]);
  });

  it('stays here when the server will not have it, and its next change is told', async () => {
    await signInTo('c1', stack);
    stack.backend.refusals.push({ status: 422, code: 'text_too_long' });
    write('too long');
    leave();
    await until(() => stack.backend.refusals.length === 0);
    await reconnect();
    expect(here()?.text).toBe('too long');
    write('short');
    leave();
    await until(() => onServer() === 'short');
  });

  it('is kept without the message that it answers when that is gone', async () => {
    await signInTo('c1', stack);
    stack.backend.refusals.push({ status: 422, code: 'no_reply_to' });
    stack.store.dispatch(
      draftEdited({ conversationId: 'c1', text: 'yes', replyTo: 'gone', editedAt: Date.now() }),
    );
    leave();
    await until(() => onServer() === 'yes');
    expect(stack.backend.room().conversation.draft?.reply_to).toBeNull();
  });
});

describe('what was begun on another device', () => {
  it('is here when it is heard, and goes when it was sent there', async () => {
    await signInTo('c1', stack);
    const { offset, event } = stack.backend.keepDraft('from afar', null);
    stack.hub.push('user:ada', event, offset);
    expect(here()?.text).toBe('from afar');
    const over = stack.backend.keepDraft('', null);
    stack.hub.push('user:ada', over.event, over.offset);
    expect(here()).toBeUndefined();
    expect(puts()).toBe(0);
  });

  it('is here after a pause in which it was begun or sent', async () => {
    stack.backend.keepDraft('from afar', null);
    await signInTo('c1', stack);
    expect(here()?.text).toBe('from afar');
    stack.backend.keepDraft('', null);
    await reconnect();
    await until(() => here() === undefined);
    stack.backend.keepDraft('once more', null);
    await reconnect();
    await until(() => here()?.text === 'once more');
  });

  it('gives way to what was written here later, without a network', async () => {
    stack.backend.keepDraft('from afar', null, 'c1', Date.now() - 60_000);
    write('from here', Date.now() - 30_000);
    await signInTo('c1', stack);
    await until(() => onServer() === 'from here');
    expect(here()?.text).toBe('from here');
  });

  it('wins over what was written here before it', async () => {
    write('from here', Date.now() - 60_000);
    stack.backend.keepDraft('from afar', null, 'c1', Date.now() - 30_000);
    await signInTo('c1', stack);
    await until(() => here()?.text === 'from afar');
    expect(puts()).toBe(0);
  });
});
