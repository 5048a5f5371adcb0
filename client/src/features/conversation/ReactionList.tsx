import { useTranslation } from 'react-i18next';
import { useReactionsInfiniteQuery } from '@/api/messageDetails';
import { Avatar } from '@/components/ui/Avatar';
import { Name } from '@/components/ui/Name';
import { nameOf } from '@/lib/names';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { PagedSheet } from './PagedSheet';

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
  const selfId = useAppSelector(selectSelfId);
  const query = useReactionsInfiniteQuery(
    { conversationId, messageId },
    { refetchOnMountOrArgChange: true },
  );
  const all = query.data?.pages.flatMap((page) => page.reactions) ?? [];
  return (
    <PagedSheet title={t('reaction.who')} query={query} onClose={onClose}>
      <ul className="reaction-people">
        {all.map(({ user, emoji }) => (
          <li key={user.id} className="person-row" data-testid="reaction-of">
            <Avatar id={user.id} name={nameOf(user)} picture={user.picture_id} size="header" />
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
    </PagedSheet>
  );
}
