import { LeftWorkNotice, StorageNotice } from './DeviceNotices';
import { useAppSelector } from '@/store/hooks';
import type { ConnectionStatus as Status } from '@/model/connection';

const LABELS: Record<Status, string> = {
  idle: 'Connecting…',
  connecting: 'Connecting…',
  waiting: 'Waiting for network…',
  syncing: 'Updating…',
  online: '',
};

/**
 * One line that says when the app is not up to date, and one for each thing to know about this
 * device; they take no room when there is nothing to say.
 */
export function ConnectionStatus() {
  const status = useAppSelector((state) => state.connection.status);
  return (
    <>
      <div
        className="connection-status"
        role="status"
        data-testid="connection-status"
        data-state={status}
      >
        {LABELS[status]}
      </div>
      <StorageNotice />
      <LeftWorkNotice />
    </>
  );
}
