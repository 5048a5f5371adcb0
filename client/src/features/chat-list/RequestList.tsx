import { ConnectionStatus } from '@/components/ConnectionStatus';
import { PaneHeader } from '@/components/PaneHeader';
import { EmptyState } from '@/components/ui/EmptyState';
import { useAppSelector } from '@/store/hooks';
import { selectRequestOrder } from '@/store/selectors';
import { ChatRow } from './ChatRow';
import './chat-list.css';

/** Strangers who wrote, and groups that ask the user back. */
export function RequestList({ activeId }: { activeId: string | undefined }) {
  const order = useAppSelector(selectRequestOrder);
  const loaded = useAppSelector((state) => state.chats.loaded);
  return (
    <>
      <PaneHeader title="Requests" />
      <ConnectionStatus />
      <div className="pane-body">
        {order.length > 0 && (
          <>
            <p className="requests-note">
              People you have not written with before. They learn nothing of you until you accept.
            </p>
            <ul className="requests" aria-label="Requests">
              {order.map((id) => (
                <li key={id}>
                  <ChatRow id={id} active={id === activeId} tabStop />
                </li>
              ))}
            </ul>
          </>
        )}
        {loaded && order.length === 0 && (
          <EmptyState icon="inbox" title="No requests">
            <p>When somebody new writes to you, you decide here whether they may.</p>
          </EmptyState>
        )}
      </div>
    </>
  );
}
