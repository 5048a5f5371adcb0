import { t } from '@/i18n/i18n';

/** What stands where a message was deleted for everyone. */
export function deletedText(mine: boolean): string {
  return t(mine ? 'message.youDeleted' : 'message.deleted');
}
