import type { Message } from '@/api/types';
import { t } from '@/i18n/i18n';

/** What a message says; of one that was deleted for everyone, that it was. */
export function wordsOf(message: Message): string {
  return message.deleted ? t('conversation.deleted') : message.text;
}
