import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ADA, CAT } from '@/testing/fixtures';
import { forgetStorage, signIn, startStack, type Stack } from '@/testing/stack';
import { App } from './App';

let stack: Stack;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
});

async function show(path: string): Promise<void> {
  window.history.replaceState(null, '', path);
  render(<App store={stack.store} />);
  await act(() => signIn(stack));
}

const group = (role: 'owner' | 'member') =>
  stack.backend.add({
    id: 'c2',
    kind: 'group',
    title: 'Rooks',
    members: [
      { ...ADA, role },
      { ...CAT, role: 'member' },
    ],
  });

const press = async (name: string) => userEvent.click(await screen.findByRole('button', { name }));

describe('the link of a group', () => {
  it('is made, copied and exchanged by who may add people', async () => {
    group('owner');
    const copied = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    await show('/chats/c2/info');
    await press('Invite by link');
    await press('Create a link');
    const field = await screen.findByRole('textbox', { name: 'Invite link' });
    const first = (field as HTMLInputElement).value;
    expect(first).toMatch(/\/join\/token-/);
    await press('Copy link');
    expect(await screen.findByText('The link is copied.')).toBeTruthy();
    expect(copied).toHaveBeenCalledWith(first);
    await press('Reset link');
    await expect
      .poll(() => screen.queryByRole<HTMLInputElement>('textbox', { name: 'Invite link' })?.value)
      .not.toBe(first);
    expect(stack.backend.invites.get('c2')?.token).not.toBe(first.split('/').at(-1));
  });

  it('is not offered to a member', async () => {
    group('member');
    await show('/chats/c2/info');
    await screen.findByRole('link', { name: 'Add people' });
    expect(screen.queryByRole('button', { name: 'Invite by link' })).toBeNull();
  });
});

describe('who opens a link', () => {
  it('sees where it leads, and comes in', async () => {
    group('member');
    stack.backend.unlisted.add('c2');
    stack.backend.invites.set('c2', {
      id: 'i1',
      token: 'abc',
      created_by: CAT.id,
      created_at: '2026-01-05T09:00:00.000000Z',
      expires_at: null,
      max_uses: null,
      uses: 0,
    });
    await show('/join/abc');
    expect(await screen.findByRole('heading', { name: 'Rooks' })).toBeTruthy();
    stack.backend.refusals.push({ status: 403, code: 'removed' });
    await press('Join group');
    expect((await screen.findByRole('alert')).textContent).toContain('You were removed');
    await press('Join group');
    await expect.poll(() => window.location.pathname).toBe('/chats/c2');
    expect(await screen.findByLabelText('Message')).toBeTruthy();
  });

  it('is told when it leads nowhere any more', async () => {
    await show('/join/old');
    const heading = await screen.findByRole('heading', {
      name: 'This link leads nowhere any more',
    });
    const link = within(heading.parentElement ?? document.body).getByRole('link');
    expect(link.getAttribute('href')).toBe('/');
  });
});
