import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useBlocksInfiniteQuery, useSetBlockMutation } from '@/api/contacts';
import { PaneHeader } from '@/components/PaneHeader';
import { LoadFailure } from '@/components/ui/LoadFailure';
import { Avatar } from '@/components/ui/Avatar';
import { EmptyState } from '@/components/ui/EmptyState';
import { Skeleton } from '@/components/ui/Skeleton';
import { Name } from '@/components/ui/Name';
import { ShowMore } from '@/components/ui/ShowMore';
import { nameOf } from '@/lib/names';
import './settings.css';

/** Whom the user has blocked, to be unblocked. */
export function BlockedPeople() {
  const { t } = useTranslation();
  const { data, error, isFetching, hasNextPage, fetchNextPage, refetch } = useBlocksInfiniteQuery();
  const [setBlock, unblocking] = useSetBlockMutation();
  const users = data?.pages.flatMap((page) => page.users) ?? [];
  return (
    <>
      <PaneHeader title={t('common.blockedPeople')} backTo="/settings" />
      <div className="pane-body" aria-busy={isFetching}>
        <LoadFailure
          error={error}
          refusal={unblocking.error}
          isFetching={isFetching}
          onRetry={() => void refetch()}
        />
        {!data && !error && <Skeleton of="rows" />}
        <ul aria-label={t('common.blockedPeople')}>
          {users.map((user) => (
            <li
              key={user.id}
              className="person-row"
              data-testid="blocked"
              data-handle={user.handle}
            >
              <Avatar id={user.id} name={nameOf(user)} picture={user.picture_id} size="header" />
              <span className="person-names">
                <span className="person-name">
                  <Name name={nameOf(user)} />
                </span>
                <span className="person-handle">
                  <bdi>@{user.handle}</bdi>
                </span>
              </span>
              <button
                type="button"
                className="button button-quiet"
                aria-label={t('settings.unblockPerson', { name: nameOf(user) })}
                disabled={unblocking.isLoading}
                onClick={() => void setBlock({ userId: user.id, blocked: false })}
              >
                {t('settings.unblock')}
              </button>
            </li>
          ))}
        </ul>
        {hasNextPage && <ShowMore isLoading={isFetching} onMore={() => void fetchNextPage()} />}
        {data && users.length === 0 && (
          <EmptyState
            picture="block"
            title={t('settings.nobodyBlocked')}
            text={t('settings.nobodyBlockedText')}
          >
            <Link className="button button-primary button-link" to="/">
              {t('requests.toChats')}
            </Link>
          </EmptyState>
        )}
      </div>
    </>
  );
}
