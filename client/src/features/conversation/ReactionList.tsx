import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useReactionsInfiniteQuery } from '@/api/messageDetails';
import { Alert } from '@/components/ui/Alert';
import { Avatar } from '@/components/ui/Avatar';
import { Name } from '@/components/ui/Name';
import { ShowMore } from '@/components/ui/ShowMore';
import { useModal } from '@/components/useModal';
import { nameOf } from '@/lib/names';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';

interface Props {
  conversationId: string;
  messageId: string;
  /** Takes the user's own back; null where nothing can be done to the chat's messages. */
  onTakeBack: (() => void) | null;
  onClose: () => void;
}

/** Who has reacted to a message, and how. */
export function ReactionList({ conversationId, messageId, onTakeBack, onClose }: Props) {
  const { t } = useTranslation();
  const dialog = useModal();
  const titleId = useId();
  const selfId = useAppSelector(selectSelfId);
  const { data, error, isFetching, hasNextPage, fetchNextPage } = useReactionsInfiniteQuery(
    { conversationId, messageId },
    { refetchOnMountOrArgChange: true },
  );
  const all = data?.pages.flatMap((page) => page.reactions) ?? [];
  return (
    <dialog ref={dialog} className="dialog sheet" aria-labelledby={titleId} onClose={onClose}>
      <h2 id={titleId} className="sheet-title">
        {t('reaction.who')}
      </h2>
      <Alert error={error} />
      {!data && !error && (
        <p className="reaction-note" role="status">
          {t('common.loading')}
        </p>
      )}
      <ul className="reaction-people">
        {all.map(({ user, emoji }) => (
          <li key={user.id} className="person-row" data-testid="reaction-of">
            <Avatar id={user.id} name={nameOf(user)} size="header" />
            <span className="person-names">
              <span className="person-name">
                {user.id === selfId ? t('common.you') : <Name name={nameOf(user)} />}
              </span>
              {user.id === selfId && onTakeBack && (
                <button type="button" className="reaction-back" onClick={onTakeBack}>
                  {t('reaction.takeBack')}
                </button>
              )}
            </span>
            <span className="reaction-large">{emoji}</span>
          </li>
        ))}
      </ul>
      {hasNextPage && <ShowMore isLoading={isFetching} onMore={() => void fetchNextPage()} />}
      <button type="button" className="button button-quiet button-wide" onClick={onClose}>
        {t('common.dismiss')}
      </button>
    </dialog>
  );
}
