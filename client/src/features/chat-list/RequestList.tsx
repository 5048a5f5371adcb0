import { useTranslation } from 'react-i18next';
import { ConnectionStatus } from '@/components/ConnectionStatus';
import { PaneHeader } from '@/components/PaneHeader';
import { EmptyState } from '@/components/ui/EmptyState';
import { useAppSelector } from '@/store/hooks';
import { selectRequestOrder } from '@/store/selectors';
import { ChatRow } from './ChatRow';
import './chat-list.css';

/** Strangers who wrote, and groups that ask the user back. */
export function RequestList({ activeId }: { activeId: string | undefined }) {
  const { t } = useTranslation();
  const order = useAppSelector(selectRequestOrder);
  const loaded = useAppSelector((state) => state.chats.loaded);
  return (
    <>
      <PaneHeader title={t('common.requests')} />
      <ConnectionStatus />
      <div className="pane-body">
        {order.length > 0 && (
          <>
            <p className="requests-note">{t('requests.note')}</p>
            <ul className="requests" aria-label={t('common.requests')}>
              {order.map((id) => (
                <li key={id}>
                  <ChatRow id={id} active={id === activeId} tabStop />
                </li>
              ))}
            </ul>
          </>
        )}
        {loaded && order.length === 0 && (
          <EmptyState icon="inbox" title={t('requests.none')}>
            <p>{t('requests.noneText')}</p>
          </EmptyState>
        )}
      </div>
    </>
  );
}
