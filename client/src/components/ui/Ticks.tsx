import { useTranslation } from 'react-i18next';
import type { MessageStatus } from '@/store/selectors';
import { Icon } from './Icon';

/** What became of an own message; nothing for messages of others. */
export function Ticks({ status }: { status: MessageStatus }) {
  const { t } = useTranslation();
  if (status === 'received') return null;
  return (
    <span className={`ticks ticks-${status}`} role="img" aria-label={t(`ticks.${status}`)}>
      {status === 'queued' && <Icon name="clock" size={14} />}
      {status === 'failed' && <Icon name="alert" size={15} />}
      {status !== 'queued' && status !== 'failed' && (
        <svg viewBox="0 0 18 12" width="1.0625rem" height="0.75rem" aria-hidden="true">
          <path d={status === 'sent' ? 'M4.500 6.500l3 3 6-7' : 'M1.500 6.500l3 3 6-7'} />
          {status !== 'sent' && <path d="M8.200 8.300l1.300 1.200 6-7" />}
        </svg>
      )}
    </span>
  );
}
