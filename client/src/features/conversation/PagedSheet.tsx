import type { SerializedError } from '@reduxjs/toolkit';
import { useId, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '@/api/problem';
import { Alert } from '@/components/ui/Alert';
import { ShowMore } from '@/components/ui/ShowMore';
import { useModal } from '@/components/useModal';

interface Props {
  title: string;
  /** The answers so far: what an infinite query of Redux Toolkit says. */
  query: {
    data?: unknown;
    error?: Problem | SerializedError | undefined;
    isFetching: boolean;
    hasNextPage: boolean;
    fetchNextPage: () => unknown;
  };
  children: ReactNode;
  onClose: () => void;
}

/** What the server tells about a message page by page, in a sheet. */
export function PagedSheet({ title, query, children, onClose }: Props) {
  const { t } = useTranslation();
  const dialog = useModal();
  const titleId = useId();
  const { data, error, isFetching, hasNextPage, fetchNextPage } = query;
  return (
    <dialog ref={dialog} className="dialog sheet" aria-labelledby={titleId} onClose={onClose}>
      <h2 id={titleId} className="sheet-title">
        {title}
      </h2>
      <Alert error={error} />
      {!data && !error && (
        <p className="reaction-note" role="status">
          {t('common.loading')}
        </p>
      )}
      {children}
      {hasNextPage && <ShowMore isLoading={isFetching} onMore={() => void fetchNextPage()} />}
      <button type="button" className="button button-quiet button-wide" onClick={onClose}>
        {t('common.dismiss')}
      </button>
    </dialog>
  );
}
