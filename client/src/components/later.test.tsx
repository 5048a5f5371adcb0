import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { later } from './later';

const Part = ({ name }: { name: string; onClose?: () => void }) => <p>The part of {name}</p>;

/** A part whose file comes at the second try. */
function broken() {
  const load = vi.fn(() => Promise.resolve(Part)).mockRejectedValueOnce(new Error('no network'));
  return { load, Late: later(load) };
}

describe('a part of a screen that loads when it is shown', () => {
  it('says that it could not be loaded, leaves the rest alone, and is tried again', async () => {
    const { load, Late } = broken();
    render(
      <>
        <p>the rest</p>
        <Late name="Ada" />
      </>,
    );
    await screen.findByRole('alert');
    expect(screen.getByText('the rest')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await screen.findByText('The part of Ada');
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('says so in a dialog that can be left, where it can be closed', async () => {
    const { Late } = broken();
    const onClose = vi.fn();
    render(<Late name="Ada" onClose={onClose} />);
    const dialog = await screen.findByRole('dialog');
    expect(dialog.textContent).toContain('No connection');
    await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(onClose).toHaveBeenCalledOnce();
  });

  it('is there at once when it was loaded before', async () => {
    const Late = later(() => Promise.resolve(Part));
    const { unmount } = render(<Late name="Ada" />);
    await screen.findByText('The part of Ada');
    unmount();
    render(<Late name="Ben" />);
    expect(screen.getByText('The part of Ben')).toBeTruthy();
  });
});
