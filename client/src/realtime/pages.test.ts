import { beforeEach, describe, expect, it } from 'vitest';
import type { ChatEvent } from '@/api/types';
import { selectChat } from '@/store/selectors';
import { ADA, BEN, CAT, EPOCH } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, until, type Stack } from '@/testing/stack';
import { chatOpened } from './actions';

let stack: Stack;
const chat = (id = 'c1') => selectChat(stack.store.getState(), id);
const person = (id: string) => stack.store.getState().people.entities[id];

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  stack.backend.add();
});

describe('a user in more chats than a connect brings', () => {
  const complete = () =>
    stack.hub.push('feed', { topic: 'feed', event: { type: 'feed.complete' } });

  it('loads what the feed did not carry when it is complete', async () => {
    await signIn(stack);
    // Nobody hears of these: the hub had not brought the connection there.
    stack.backend.post();
    stack.backend.add({ id: 'c2' });
    complete();
    await until(() => chat()?.position.offset === 2);
    expect(chat()?.lastMessage?.seq).toBe(1);
    await until(() => chat('c2') !== undefined);
    expect(stack.backend.count('GET conversations/heads')).toBe(1);
    // What did not move is not asked for.
    expect(stack.backend.count('GET conversations/c1')).toBe(0);
  });

  it('compares after the lists were read, however early it is told', async () => {
    stack.backend.add({ id: 'c2' });
    stack.backend.chatsPerPage = 1;
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    stack.backend.held.set('GET conversations', held);
    const signedIn = signIn(stack);
    await until(() => stack.backend.count('GET conversations') === 1);
    complete();
    stack.backend.held.delete('GET conversations');
    release();
    await signedIn;
    await until(() => stack.backend.count('GET conversations/heads') === 1);
    expect(stack.backend.count('GET conversations/c2')).toBe(0);
  });
});

describe('a group of which a snapshot names few', () => {
  beforeEach(() => {
    stack.backend.membersPerPage = 2;
    const members = [ADA, BEN, CAT].map((user) => ({ ...user, role: 'member' as const }));
    stack.backend.room().members = members;
    const { conversation } = stack.backend.room();
    Object.assign(conversation, { kind: 'group', title: 'Rooks', member_count: 3 });
    conversation.members = members.slice(0, 1);
  });

  it('learns of the others when it is opened, page by page', async () => {
    await signIn(stack);
    expect(chat()).toMatchObject({ memberIds: ['ada'], memberCount: 3 });
    expect(stack.backend.count('GET conversations/c1/members')).toBe(0);
    stack.store.dispatch(chatOpened('c1'));
    await until(() => chat()?.memberIds.length === 3);
    expect(chat()?.memberIds).toEqual(['ada', 'ben', 'cat']);
    expect(person('cat')).toEqual(CAT);
    expect(stack.backend.count('GET conversations/c1/members')).toBe(2);
  });

  /** Holds the pages back, opens the group and lets somebody act before they come. */
  async function whileRead(act: () => void): Promise<void> {
    await signIn(stack);
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    stack.backend.held.set('GET conversations/c1/members', held);
    stack.store.dispatch(chatOpened('c1'));
    await until(() => stack.backend.count('GET conversations/c1/members') === 1);
    act();
    stack.backend.held.delete('GET conversations/c1/members');
    release();
  }

  /** Logs an event and lets the feed bring it. */
  function happen(event: ChatEvent): void {
    const logged = stack.backend.log(event);
    stack.hub.feed(logged.offset, logged.event, 'chat:c1', EPOCH);
  }

  it('knows who left while the pages were read', async () => {
    await whileRead(() => {
      // The first page was made before that.
      happen({ type: 'member.removed', user_id: 'ben', by: 'ben' });
      expect(chat()?.memberCount).toBe(2);
    });
    await until(() => chat()?.memberIds.length === 2);
    expect(chat()).toMatchObject({ memberIds: ['ada', 'cat'], memberCount: 2 });
  });

  it('reads the pages once, however many come and go meanwhile', async () => {
    await whileRead(() => {
      for (let n = 0; n < 50; n += 1) {
        const user = { id: `p${n}`, handle: `p${n}`, display_name: `Person ${n}` };
        happen({ type: 'member.added', user, by: 'ada' });
        if (n > 0) happen({ type: 'member.removed', user_id: `p${n - 1}`, by: 'ada' });
      }
    });
    await until(() => chat()?.memberIds.includes('cat') ?? false);
    expect(chat()).toMatchObject({ memberIds: ['ada', 'ben', 'cat', 'p49'], memberCount: 4 });
    expect(stack.backend.count('GET conversations/c1/members')).toBe(2);
  });

  it('counts everybody once whom the pages knew before the log said so', async () => {
    const dora = { id: 'dora', handle: 'dora', display_name: 'Dora' };
    await signIn(stack);
    const room = stack.backend.room();
    room.members = [...(room.members ?? []), { ...dora, role: 'member' as const }];
    stack.store.dispatch(chatOpened('c1'));
    await until(() => chat()?.memberIds.length === 4);
    happen({ type: 'member.added', user: dora, by: 'ada' });
    await until(() => chat()?.position.offset === 2);
    expect(chat()?.memberCount).toBe(4);
  });
});
