/** First contact, roles and blocks as people meet them. */
import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '@/api/types';
import { selectChat } from '@/store/selectors';
import { ADA, BEN, CAT } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { App } from './App';

let stack: Stack;
const chat = (id = 'c1') => selectChat(stack.store.getState(), id);
const path = () => window.location.pathname;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
});

async function showAt(where: string): Promise<void> {
  window.history.replaceState(null, '', where);
  render(<App store={stack.store} />);
  await act(() => signIn(stack));
}

const button = (name: string) => screen.findByRole('button', { name });
const press = async (name: string) => userEvent.click(await button(name));
/** Presses a button of the dialog that asks. */
const confirm = async (name: string) =>
  userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name }));

describe('a stranger who writes', () => {
  beforeEach(() => {
    stack.backend.add({ state: 'contacted', receipts: [] });
    stack.backend.post({ text: 'look at https://example.org' });
  });

  it('stands among the requests and not among the chats', async () => {
    await showAt('/');
    expect(await screen.findByText('No chats yet')).toBeTruthy();
    const link = screen.getByRole('link', { name: /Requests/ });
    expect(within(link).getByLabelText('1 waiting')).toBeTruthy();
    await userEvent.click(link);
    await userEvent.click(await screen.findByTestId('chat-row'));
    expect(await screen.findByTestId('request-bar')).toBeTruthy();
    expect(screen.getByText(/wants to write to you/).textContent).toContain('@ben');
    expect(screen.queryByLabelText('Message')).toBeNull();
    // An address of a stranger's is nothing to press.
    expect(screen.queryByRole('link', { name: 'https://example.org' })).toBeNull();
  });

  it('has written something, or asks for nothing', async () => {
    stack.backend.add({ id: 'c2', members: [ADA, CAT], state: 'contacted' });
    await showAt('/requests');
    await screen.findByTestId('chat-row');
    expect(screen.getAllByTestId('chat-row')).toHaveLength(1);
  });

  it('is accepted, and becomes a chat', async () => {
    await showAt('/chats/c1');
    await press('Accept');
    expect(await screen.findByLabelText('Message')).toBeTruthy();
    expect(await screen.findByRole('link', { name: 'https://example.org' })).toBeTruthy();
    expect(await screen.findByRole('heading', { name: 'Chats' })).toBeTruthy();
    expect(screen.queryByLabelText('1 waiting')).toBeNull();
  });

  it('is blocked after asking, and gone', async () => {
    await showAt('/chats/c1');
    await press('Block');
    await confirm('Block');
    await expect.poll(() => chat()).toBeUndefined();
    expect(stack.backend.blocks).toEqual([BEN]);
    expect(stack.backend.count('DELETE conversations/c1/members/ada')).toBe(1);
    expect(path()).toBe('/requests');
  });

  it('is deleted after asking', async () => {
    await showAt('/chats/c1');
    await press('Delete');
    await confirm('Delete');
    await expect.poll(() => chat()).toBeUndefined();
    expect(stack.backend.blocks).toEqual([]);
    expect(await screen.findByText('No requests')).toBeTruthy();
  });

  it('stays when the server refuses, which says why', async () => {
    stack.backend.refusals.push({ status: 503, code: 'store_unavailable' });
    await showAt('/chats/c1');
    await press('Accept');
    expect((await screen.findByRole('alert')).textContent).toContain('not available right now');
    expect(chat()?.state).toBe('contacted');
  });
});

describe('a request of one’s own', () => {
  it('says how much may be written, and no more', async () => {
    stack.backend.add({ awaits_other: true, receipts: [] });
    stack.backend.post({ text: 'one www.example.org', sender_id: ADA.id });
    await showAt('/chats/c1');
    const bar = await screen.findByTestId('own-request-bar');
    expect(bar.textContent).toContain('You can send 2 messages until Ben Franklin accepts');
    expect(screen.queryByRole('link', { name: 'www.example.org' })).toBeNull();
    for (const text of ['two', 'three']) {
      await userEvent.type(screen.getByLabelText('Message'), text);
      await press('Send');
    }
    expect(await screen.findByText(/You have sent three messages/)).toBeTruthy();
    expect(screen.queryByLabelText('Message')).toBeNull();
    await expect.poll(() => stack.backend.room().messages.length).toBe(3);
    const { offset, event } = stack.backend.log({ type: 'request.accepted', user_id: BEN.id });
    stack.backend.room().conversation.awaits_other = false;
    act(() => stack.hub.feed(offset, event));
    expect(await screen.findByLabelText('Message')).toBeTruthy();
    expect(screen.queryByTestId('own-request-bar')).toBeNull();
  });
});

describe('a group that asks the user back', () => {
  beforeEach(() => {
    stack.backend.add({ kind: 'group', title: 'Crew', state: 'requested', members: [BEN] });
  });

  it('says who asks, shows nothing else, and opens once accepted', async () => {
    await showAt('/requests');
    const row = await screen.findByTestId('chat-row');
    expect(row.textContent).toContain('Ben wants to add you back');
    await userEvent.click(row);
    expect(await screen.findByText(/Ben Franklin wants to add you back/)).toBeTruthy();
    expect(screen.queryByRole('link', { name: /Chat info/ })).toBeNull();
    expect(stack.backend.count('GET conversations/c1/messages')).toBe(0);
    await press('Accept');
    expect(await screen.findByLabelText('Message')).toBeTruthy();
    expect(stack.backend.count('GET conversations/c1/messages')).toBeGreaterThan(0);
  });

  it('is declined', async () => {
    await showAt('/chats/c1/info');
    await press('Decline');
    await expect.poll(() => chat()).toBeUndefined();
    expect(path()).toBe('/requests');
  });
});

describe('the info of a direct chat', () => {
  it('blocks and unblocks', async () => {
    stack.backend.add();
    await showAt('/chats/c1/info');
    await press('Block Ben Franklin');
    await confirm('Block');
    expect(await button('Unblock Ben Franklin')).toBeTruthy();
    expect(stack.backend.blocks).toEqual([BEN]);
    await press('Unblock Ben Franklin');
    expect(await button('Block Ben Franklin')).toBeTruthy();
    expect(stack.backend.blocks).toEqual([]);
  });

  it('deletes the chat', async () => {
    stack.backend.add();
    await showAt('/chats/c1/info');
    await press('Delete chat');
    await confirm('Delete');
    await expect.poll(() => chat()).toBeUndefined();
    expect(path()).toBe('/');
  });
});

describe('writing to somebody whom one blocks', () => {
  it('needs to unblock them first', async () => {
    stack.backend.add({ blocked: true });
    stack.backend.blocks = [BEN];
    await showAt('/chats/c1');
    const bar = await screen.findByTestId('blocked-bar');
    expect(screen.queryByLabelText('Message')).toBeNull();
    await userEvent.click(within(bar).getByRole('button', { name: 'Unblock' }));
    expect(await screen.findByLabelText('Message')).toBeTruthy();
  });
});

describe('the info of a group', () => {
  const row = (handle: string) =>
    screen
      .getAllByTestId('member')
      .find((member) => member.dataset.handle === handle) as HTMLElement;
  const openMember = async (handle: string) => {
    await screen.findAllByTestId('member');
    await userEvent.click(within(row(handle)).getByRole('button'));
  };
  const offered = async () => {
    const dialog = await screen.findByRole('dialog');
    return within(dialog)
      .getAllByRole('button')
      .map((action) => action.textContent);
  };
  const show = async (own: Role, others: Role) => {
    const people = [BEN, CAT].map((person) => ({ ...person, role: others }));
    stack.backend.add({
      kind: 'group',
      title: 'Crew',
      members: [{ ...ADA, role: own }, ...people],
    });
    await showAt('/chats/c1/info');
  };

  it.each<[Role, Role, string[]]>([
    ['member', 'member', []],
    ['member', 'owner', []],
    ['admin', 'member', ['Remove from group']],
    ['admin', 'admin', []],
    ['admin', 'owner', []],
    ['owner', 'member', ['Make group admin', 'Make group owner', 'Remove from group']],
    ['owner', 'admin', ['Dismiss as admin', 'Make group owner', 'Remove from group']],
  ])('offers to the %s about the %s what the role allows', async (own, others, actions) => {
    await show(own, others);
    await openMember('ben');
    expect(await offered()).toEqual(['Message Ben Franklin', ...actions, 'Cancel']);
  });

  it('shows roles, and changes them', async () => {
    await show('owner', 'member');
    await openMember('ben');
    await press('Make group admin');
    await expect.poll(() => row('ben').dataset.role).toBe('admin');
    expect(within(row('ben')).getByText('Admin')).toBeTruthy();
    expect(within(row('ada')).getByText('Owner')).toBeTruthy();
    await openMember('ben');
    await press('Dismiss as admin');
    await expect.poll(() => row('ben').dataset.role).toBe('member');
  });

  it('hands the group over after asking', async () => {
    await show('owner', 'member');
    await openMember('cat');
    await press('Make group owner');
    await confirm('Make owner');
    await expect.poll(() => row('cat').dataset.role).toBe('owner');
  });

  it('removes after asking, and says why it was refused', async () => {
    await show('admin', 'member');
    stack.backend.refusals.push({ status: 403, code: 'role_too_low' });
    await openMember('ben');
    await press('Remove from group');
    await confirm('Remove');
    expect((await screen.findByRole('alert')).textContent).toMatch(/Ask its owner or an admin/);
    await openMember('ben');
    await press('Remove from group');
    await confirm('Remove');
    await expect.poll(() => stack.backend.count('DELETE conversations/c1/members/ben')).toBe(2);
  });

  it('leads to a chat with a member', async () => {
    await show('member', 'member');
    await openMember('cat');
    await press('Message Cat Stevens');
    await expect.poll(path).toBe('/chats/made');
  });

  it('tells who gets the group when its owner leaves', async () => {
    await show('owner', 'member');
    await press('Leave group');
    expect((await screen.findByRole('dialog')).textContent).toContain('becomes the owner');
  });
});

describe('the info of a large group', () => {
  it('loads its members, also where it is the first screen, and shows all when asked', async () => {
    const crowd = Array.from({ length: 30 }, (_, at) => ({
      id: `p${at}`,
      handle: `p${at}`,
      display_name: `Person ${at}`,
      role: at === 7 ? ('owner' as const) : ('member' as const),
    }));
    const room = stack.backend.add({
      kind: 'group',
      title: 'Crowd',
      members: [ADA],
      member_count: 31,
    });
    room.members = [{ ...ADA, role: 'member' }, ...crowd];
    await showAt('/chats/c1/info');
    expect(await screen.findByText('Group · 31 members')).toBeTruthy();
    await expect.poll(() => screen.getAllByTestId('member').length).toBe(10);
    await press('Show all 31 members');
    await expect.poll(() => screen.getAllByTestId('member').length).toBe(31);
    expect(screen.getAllByText('Owner')).toHaveLength(1);
  });
});

describe('adding people', () => {
  beforeEach(async () => {
    stack.backend.add({ kind: 'group', title: 'Crew', members: [ADA, BEN] });
    await showAt('/chats/c1/add');
    await userEvent.type(await screen.findByLabelText('Search by handle or name'), 'cat');
  });

  it('who left is said to be asked first', async () => {
    stack.backend.left.add(CAT.id);
    await userEvent.click(await screen.findByText('@cat'));
    expect(await screen.findByText(/left this group before and is asked first/)).toBeTruthy();
  });

  it('who does not want that is refused with what to do instead', async () => {
    stack.backend.refusals.push({ status: 403, code: 'may_not_be_added' });
    await userEvent.click(await screen.findByText('@cat'));
    expect((await screen.findByRole('alert')).textContent).toMatch(/Send them a message instead/);
    await userEvent.click(screen.getByText('@cat'));
    await expect.poll(() => chat()?.memberIds).toContain(CAT.id);
    expect(screen.queryByText(/is asked first/)).toBeNull();
  });
});

describe('the settings', () => {
  it('choose who may add the user to groups', async () => {
    await showAt('/settings');
    const radio = (name: string) => screen.findByRole<HTMLInputElement>('radio', { name });
    await expect.poll(async () => (await radio('Everybody')).checked).toBe(true);
    await userEvent.click(await radio('Contacts'));
    await expect.poll(() => stack.backend.whoMayAdd).toBe('contacts');
    expect((await radio('Contacts')).checked).toBe(true);
    stack.backend.refusals.push({ status: 503, code: 'store_unavailable' });
    await expect.poll(async () => (await radio('Nobody')).matches(':disabled')).toBe(false);
    await userEvent.click(await radio('Nobody'));
    expect((await screen.findByRole('alert')).textContent).toContain('not available right now');
    expect((await radio('Contacts')).checked).toBe(true);
  });

  it('list whom the user blocks, page by page, and unblock them', async () => {
    stack.backend.blocks = [BEN, CAT];
    stack.backend.blocksPerPage = 1;
    await showAt('/settings');
    await userEvent.click(await screen.findByRole('link', { name: 'Blocked people' }));
    expect(await screen.findAllByTestId('blocked')).toHaveLength(1);
    await press('Show more');
    await expect.poll(() => screen.getAllByTestId('blocked').length).toBe(2);
    await press('Unblock Ben Franklin');
    await expect.poll(() => screen.getAllByTestId('blocked').length).toBe(1);
    await press('Unblock Cat Stevens');
    expect(await screen.findByText('Nobody is blocked')).toBeTruthy();
  });

  it('follow what another device blocks', async () => {
    await showAt('/settings/blocked');
    await screen.findByText('Nobody is blocked');
    stack.backend.blocks = [CAT];
    const event = { type: 'block.changed', user_id: CAT.id, blocked: true };
    act(() => stack.hub.push('user:ada', event, 5));
    expect(await screen.findByText('Cat Stevens')).toBeTruthy();
  });
});
