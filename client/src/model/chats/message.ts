/** What becomes of one message after it was posted. */
import type { LinkPreview, Message } from '@/api/types';

type Content = Pick<
  Message,
  | 'reply_to'
  | 'mentions'
  | 'forwarded'
  | 'edited_at'
  | 'deleted'
  | 'reactions'
  | 'my_reaction'
  | 'attachment'
  | 'preview'
  | 'starred'
  | 'expires_at'
>;

/** What version 0.2 did not know of a message: its core's log and this device's storage lack it. */
export const CONTENT_OF_OLDER_VERSION: Content = {
  reply_to: null,
  mentions: [],
  forwarded: 0,
  edited_at: null,
  deleted: false,
  reactions: [],
  my_reaction: null,
  attachment: null,
  preview: null,
  starred: false,
  expires_at: null,
};

/** A message with all of its fields, from whatever version it comes. */
export function completed(message: Message): Message {
  return { ...CONTENT_OF_OLDER_VERSION, ...message };
}

/** The message without anything that it said. */
export function tombstone(message: Message): Message {
  const { expires_at = null } = message;
  return { ...message, ...CONTENT_OF_OLDER_VERSION, expires_at, text: '', deleted: true };
}

/** Of two states of one message the later one: a deletion is the last, and edits have their times. */
export function later(known: Message | undefined, other: Message): Message {
  if (!known || other.deleted) return other;
  const isLater = known.deleted || (known.edited_at ?? '') > (other.edited_at ?? '');
  return isLater ? known : other;
}

/** A page is shown as long as the text has its address. */
export const stillShown = (preview: LinkPreview | null, text: string): LinkPreview | null =>
  preview && text.includes(preview.url) ? preview : null;

/** The message after an edit; one that was deleted, or edited later, stays as it is. */
export function edited(
  message: Message,
  edit: { text: string; mentions: string[]; edited_at: string | null },
): Message {
  // The times are of one form and zone, so they sort as texts.
  if (message.deleted || (message.edited_at ?? '') >= (edit.edited_at ?? '')) return message;
  const { text, mentions, edited_at } = edit;
  return { ...message, text, mentions, edited_at, preview: stillShown(message.preview, text) };
}
