/** Messages with files: on their way to the server, and kept until they are there. */
import { beforeEach, describe, expect, it } from 'vitest';
import { messageDiscarded, messageQueued, messageRetried } from '@/model/outbox';
import { selectOutbox } from '@/store/selectors';
import { ADA } from '@/testing/fixtures';
import { closeTab, forgetStorage, signIn, startStack, until, type Stack } from '@/testing/stack';
import { storedOf } from '@/testing/storage';
import { sendFiles } from './queueFiles';

const CONTENT = 'ten bytes!';

let stack: Stack;
const outbox = () => selectOutbox(stack.store.getState());
const messages = () => stack.backend.room().messages;
const kept = () => storedOf(ADA.id, 'files');
const asked = (request: string) =>
  stack.backend.requests.filter((made) => made.startsWith(request));

const aFile = (name: string, type = 'image/png') => ({
  ready: {
    blob: new Blob([CONTENT]),
    about: {
      name,
      type,
      size: CONTENT.length,
      kind: 'picture' as const,
      width: 640,
      height: 480,
    },
  },
  caption: `about ${name}`,
});
const send = (...names: string[]) =>
  stack.store.dispatch(
    sendFiles(
      'c1',
      names.map((name) => aFile(name)),
      undefined,
    ),
  );
const refuse = (status: number, code = `refused_${status}`) =>
  stack.backend.uploadFailures.push({ status, code });
const retryNow = () => window.dispatchEvent(new Event('online'));
/** The hub delivers what the core has logged since. */
const deliver = () =>
  stack.backend
    .room()
    .log.slice(1)
    .forEach(({ offset, event }) => stack.hub.feed(offset, event));

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
  await signIn(stack);
});

describe('a message with a file', () => {
  it('goes out in its turn, after its file, which is kept until then', async () => {
    stack.backend.held.set('POST uploads', new Promise((resolve) => setTimeout(resolve, 50)));
    await send('one.png', 'two.png');
    stack.store.dispatch(messageQueued(ADA.id, 'c1', 'and words'));
    expect(outbox().map(({ file }) => file?.kept)).toEqual([true, true, undefined]);
    expect(await kept()).toHaveLength(2);
    await until(() => messages().length === 3);
    expect(messages().map(({ text, attachment }) => [text, attachment?.name])).toEqual([
      ['about one.png', 'one.png'],
      ['about two.png', 'two.png'],
      ['and words', undefined],
    ]);
    await stack.persistence.flush();
    expect(await kept()).toEqual([]);
    deliver();
    expect(outbox()).toEqual([]);
  });

  it('goes on where the network was lost', async () => {
    await stack.persistence.flush();
    refuse(0);
    await send('sea.png');
    await until(() => stack.backend.count('POST uploads') === 1);
    expect(outbox()[0]?.state).toBe('queued');
    retryNow();
    await until(() => messages().length === 1);
    expect([...stack.backend.uploads.values()].map(({ bytes }) => bytes.length)).toEqual([10]);
    expect(asked('PUT uploads')).toHaveLength(3);
  });

  it('goes on after a reload with what was kept', async () => {
    refuse(503);
    await send('sea.png');
    await until(() => stack.backend.count('POST uploads') === 1);
    await stack.persistence.flush();
    closeTab(stack);
    stack = await startStack(stack.backend);
    expect(outbox()[0]?.file?.name).toBe('sea.png');
    await until(() => messages().length === 1);
    expect(messages()[0]).toMatchObject({ text: 'about sea.png', attachment: { name: 'sea.png' } });
  });

  it('is taken back: nothing more is sent, kept or left on the server', async () => {
    refuse(0);
    await send('sea.png');
    const id = outbox()[0]?.clientMsgId ?? '';
    await until(() => stack.backend.count('POST uploads') === 1);
    let release = () => undefined as void;
    const part = `PUT uploads/upload-of-${id}/parts/4`;
    stack.backend.held.set(part, new Promise((resolve) => (release = resolve)));
    retryNow();
    await until(() => stack.backend.count(part) === 1);
    stack.store.dispatch(messageDiscarded(id));
    await until(() => stack.backend.uploads.size === 0);
    release();
    await stack.persistence.flush();
    expect(await kept()).toEqual([]);
    stack.store.dispatch(messageQueued(ADA.id, 'c1', 'instead'));
    await until(() => messages().length === 1);
    expect(messages()[0]?.text).toBe('instead');
    expect(asked('PUT uploads')).toHaveLength(2);
  });

  it.each([
    [507, 'quota_exceeded', 'used all the room'],
    [413, 'file_too_large', 'larger than this server takes'],
    [422, 'picture_broken', 'damaged'],
  ])('says why it is refused for good: %i %s', async (status, code, words) => {
    refuse(status, code);
    await send('sea.png');
    stack.store.dispatch(messageQueued(ADA.id, 'c1', 'next'));
    await until(() => messages().length === 1);
    expect(outbox()[0]).toMatchObject({ state: 'failed' });
    expect(outbox()[0]?.reason).toContain(words);
    expect(await kept()).toHaveLength(1);
    stack.store.dispatch(messageRetried(outbox()[0]?.clientMsgId ?? ''));
    await until(() => messages().length === 2);
  });

  it('is sent once more when the server has forgotten its file', async () => {
    await stack.persistence.flush();
    stack.backend.sendFailures.push(503);
    await send('sea.png');
    await until(() => outbox()[0]?.file?.attachment != null);
    const id = outbox()[0]?.clientMsgId ?? '';
    stack.backend.uploads.clear();
    stack.backend.sendFailures.push({ status: 422, code: 'no_attachment' });
    retryNow();
    await until(() => outbox()[0]?.state === 'failed');
    expect(outbox()[0]?.file?.attachment).toBeNull();
    stack.store.dispatch(messageRetried(id));
    await until(() => messages().length === 1);
    expect(stack.backend.uploads.size).toBe(1);
  });
});
