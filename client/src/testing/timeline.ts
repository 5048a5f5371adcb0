/** What a person does with the messages on the screen. */
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

/** The bubble that says this. */
export async function bubble(text: string): Promise<HTMLElement> {
  const line = await screen.findByText(text, { selector: '.bubble-text' });
  const found = line.closest<HTMLElement>('[data-testid="message"]');
  if (!found) throw new Error(`no bubble says ${text}`);
  return found;
}

/** Opens what can be done with a message, and chooses from it. */
export async function choose(text: string, ...names: string[]): Promise<void> {
  const message = within(await bubble(text));
  await userEvent.click(message.getByRole('button', { name: 'Message options' }));
  for (const name of names) await userEvent.click(await screen.findByRole('button', { name }));
}
