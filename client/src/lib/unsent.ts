import { t } from '@/i18n/i18n';
import { listInWords } from './locale';

/** What was written and nobody but this device has. */
export interface Unsent {
  messages: number;
  drafts: number;
}

/** “2 unsent messages and 1 draft”; empty if there is nothing. */
export function unsentInWords({ messages, drafts }: Unsent): string {
  return listInWords([
    ...(messages > 0 ? [t('device.unsentMessages', { count: messages })] : []),
    ...(drafts > 0 ? [t('device.drafts', { count: drafts })] : []),
  ]);
}
