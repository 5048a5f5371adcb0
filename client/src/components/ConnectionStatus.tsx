import { useTranslation } from 'react-i18next';
import { LeftWorkNotice, StorageNotice } from './DeviceNotices';
import type { TextKey } from '@/i18n/i18n';
import { useAppSelector } from '@/store/hooks';
import type { ConnectionStatus as Status } from '@/model/connection';

const LABELS = {
  idle: 'connection.connecting',
  connecting: 'connection.connecting',
  waiting: 'connection.waiting',
  syncing: 'connection.syncing',
  online: null,
} as const satisfies Record<Status, TextKey | null>;

/**
 * One line that says when the app is not up to date, and one for each thing to know about this
 * device; they take no room when there is nothing to say.
 */
export function ConnectionStatus() {
  const { t } = useTranslation();
  const status = useAppSelector((state) => state.connection.status);
  const label = LABELS[status];
  return (
    <>
      <div
        className="connection-status"
        role="status"
        data-testid="connection-status"
        data-state={status}
      >
        {label && t(label)}
      </div>
      <StorageNotice />
      <LeftWorkNotice />
    </>
  );
}
