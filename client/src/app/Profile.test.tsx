import { act, fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ADA, BEN, CAT } from '@/testing/fixtures';
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

const faces = () => [...document.querySelectorAll<HTMLImageElement>('.avatar-face')];
const addresses = () => faces().map((face) => face.getAttribute('src'));

describe('what the user shows of themselves', () => {
  it('is their name and a few words, and stays in the fields where the server refuses it', async () => {
    stack.backend.add();
    await show('/settings/profile');
    const name = await screen.findByLabelText<HTMLInputElement>('Name');
    const save = screen.getByRole<HTMLButtonElement>('button', { name: 'Save' });
    expect(save.disabled).toBe(true);
    await userEvent.clear(name);
    await userEvent.type(name, 'Ada King');
    await userEvent.type(screen.getByLabelText('About'), 'counts');
    stack.backend.refusals.push({ status: 422, code: 'invalid_display_name' });
    await userEvent.click(save);
    expect((await screen.findByRole('alert')).textContent).toContain('display name');
    expect(name.value).toBe('Ada King');
    await userEvent.click(save);
    await screen.findByText('Saved');
    expect(stack.store.getState().session.user?.display_name).toBe('Ada King');
    expect(stack.backend.abouts.get(ADA.id)).toBe('counts');
  });

  it('is told by another of their devices, and by people whom they write with', async () => {
    stack.backend.add();
    await show('/chats/c1/info');
    await screen.findByRole('heading', { name: 'Contact info' });
    const told = stack.backend.tell({
      type: 'user.changed',
      user_id: BEN.id,
      display_name: 'Benjamin',
      picture_id: 'p1',
    });
    act(() => stack.hub.push('user:ada', told.event, told.offset));
    await screen.findAllByText('Benjamin');
    await expect.poll(addresses).toContain('/api/v1/pictures/p1?size=640');
    const large = faces().find((face) => face.src.endsWith('640')) as HTMLImageElement;
    fireEvent.load(large);
    await userEvent.click(screen.getByRole('button', { name: 'Show the picture' }));
    within(await screen.findByRole('dialog')).getByAltText('Benjamin');
    // Initials stand where it does not load.
    fireEvent.error(large);
    await expect.poll(addresses).not.toContain('/api/v1/pictures/p1?size=640');
  });
});

describe('what a group shows of itself', () => {
  const group = (role: 'admin' | 'member') => ({
    kind: 'group' as const,
    title: 'Hikers',
    role,
    members: [{ ...ADA, role }, BEN, CAT],
  });

  it('is changed by an admin, and said between the messages', async () => {
    stack.backend.add(group('admin'));
    stack.backend.post();
    await show('/chats/c1/info');
    await userEvent.click(await screen.findByRole('button', { name: 'Edit the group' }));
    const dialog = within(await screen.findByRole('dialog'));
    const title = dialog.getByLabelText('Group name');
    await userEvent.clear(title);
    await userEvent.type(title, 'Climbers');
    await userEvent.type(dialog.getByLabelText('Description'), 'up and down');
    await userEvent.click(dialog.getByRole('button', { name: 'Save' }));
    await expect.poll(() => screen.queryByRole('dialog')).toBeNull();
    const [told] = stack.backend.room().log.slice(-1);
    if (!told) throw new Error('nothing was logged');
    act(() => stack.hub.feed(told.offset, told.event));
    await screen.findByText('up and down');
    expect((await screen.findByTestId('chat-row')).textContent).toContain('Climbers');
    const pictured = stack.backend.show({ picture_id: 'p2' }, 'c1', BEN.id);
    act(() => stack.hub.feed(pictured.offset, pictured.event));
    await expect.poll(addresses).toContain('/api/v1/pictures/p2?size=96');
  });

  it('shows the pictures of its people large, from their messages and from its info', async () => {
    const pictured = { ...BEN, picture_id: 'p3' };
    stack.backend.add({ ...group('member'), members: [ADA, pictured, CAT] });
    stack.backend.post({ text: 'hello', sender_id: BEN.id });
    await show('/chats/c1');
    await userEvent.click(await screen.findByRole('button', { name: 'Show the picture' }));
    const large = () => screen.findByAltText('Ben Franklin');
    await large();
    await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button'));
    act(() => window.history.pushState(null, '', '/chats/c1/info'));
    act(() => void window.dispatchEvent(new PopStateEvent('popstate')));
    const [row] = (await screen.findAllByTestId('member')).filter(
      ({ dataset }) => dataset.handle === BEN.handle,
    );
    await userEvent.click(within(row as HTMLElement).getByRole('button'));
    const sheet = within(await screen.findByRole('dialog'));
    await userEvent.click(await sheet.findByText('Show the picture'));
    await large();
  });

  it('is not offered to members', async () => {
    stack.backend.add(group('member'));
    await show('/chats/c1/info');
    await screen.findByRole('heading', { name: 'Group info' });
    expect(screen.queryByRole('button', { name: 'Edit the group' })).toBeNull();
  });
});

describe('a picture', () => {
  it('is given up by who has one', async () => {
    stack.backend.account = { ...ADA, picture_id: 'p0' };
    stack.backend.add();
    await show('/settings/profile');
    await userEvent.click(await screen.findByRole('button', { name: 'Remove the picture' }));
    await screen.findByRole('button', { name: 'Choose a picture' });
    expect(addresses()).toEqual([]);
  });

  it('that cannot be read is not sent', async () => {
    vi.stubGlobal('createImageBitmap', () => Promise.reject(new Error('no picture')));
    stack.backend.add();
    await show('/settings/profile');
    await userEvent.upload(
      await screen.findByLabelText<HTMLInputElement>('Choose a picture', { selector: 'input' }),
      new File(['no'], 'no.png', { type: 'image/png' }),
    );
    const dialog = within(await screen.findByRole('dialog', { name: 'Choose what is shown' }));
    fireEvent.error(document.querySelector('.reactEasyCrop_Image') as Element);
    expect((await dialog.findByRole('alert')).textContent).toContain('cannot be read');
    expect(stack.backend.uploads.size).toBe(0);
  });
});
