import { useTranslation } from 'react-i18next';
import { PaneHeader } from '@/components/PaneHeader';
import { EmptyState } from '@/components/ui/EmptyState';
import { useAppSelector } from '@/store/hooks';
import { selectArchivedOrder } from '@/store/selectors';
import { ChatRows } from './ChatRows';
import { RefusedChanges } from './RefusedChanges';

/** Chats that the user has put away. */
export function ArchivedList({ activeId }: { activeId: string | undefined }) {
  const { t } = useTranslation();
  const ids = useAppSelector(selectArchivedOrder);
  return (
    <>
      <PaneHeader title={t('chats.archived')} backTo="/" />
      <RefusedChanges />
      {ids.length > 0 ? (
        <ChatRows label={t('chats.archived')} ids={ids} activeId={activeId} />
      ) : (
        <div className="pane-body">
          <EmptyState
            picture="inbox"
            title={t('chats.noneArchived')}
            text={t('chats.archiveText')}
          />
        </div>
      )}
    </>
  );
}
