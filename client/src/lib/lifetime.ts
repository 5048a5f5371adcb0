/** How long messages are kept, in words. */
import { t } from '@/i18n/i18n';

/** As the server takes them, in seconds; 0 is for ever. */
export const LIFETIMES_S = [86_400, 604_800, 7_776_000, 0] as const;

export function lifetimeText(seconds: number | null): string {
  if (seconds === null || seconds === 0) return t('disappearing.off');
  const days = Math.round(seconds / 86_400);
  return days === 1 ? t('disappearing.day') : t('disappearing.days', { count: days });
}
