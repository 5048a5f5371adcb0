import type { Message } from '@/api/types';

/** What a message says; of one that was deleted for everyone, that it was. */
export function wordsOf(message: Message): string {
  return message.deleted ? 'This message was deleted' : message.text;
}
