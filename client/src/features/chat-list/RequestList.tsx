import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ConnectionStatus, ConnectionWord } from '@/components/ConnectionStatus';
import { PaneHeader } from '@/components/PaneHeader';
import { EmptyState } from '@/components/ui/EmptyState';
import { Skeleton } from '@/components/ui/Skeleton';
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
      <PaneHeader title={t('common.requests')} top>
        <ConnectionWord />
      </PaneHeader>
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
        {!loaded && <Skeleton of="rows" />}
        {loaded && order.length === 0 && (
          <EmptyState picture="inbox" title={t('requests.none')} text={t('requests.noneText')}>
            <Link className="button button-primary button-link" to="/">
              {t('requests.toChats')}
            </Link>
          </EmptyState>
        )}
      </div>
    </>
  );
}
