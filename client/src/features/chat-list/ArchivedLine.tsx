import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { Icon } from '@/components/ui/Icon';
import { badgeNumber } from '@/lib/locale';
import { useAppSelector } from '@/store/hooks';
import {
  selectArchivedMention,
  selectArchivedOrder,
  selectUnreadArchived,
} from '@/store/selectors';
import { MentionBadge } from './MentionBadge';

/** The way to the archived chats, with how many of them wait to be read; nothing while there is none. */
export function ArchivedLine() {
  const { t } = useTranslation();
  const count = useAppSelector((state) => selectArchivedOrder(state).length);
  const unread = useAppSelector(selectUnreadArchived);
  const mentioned = useAppSelector(selectArchivedMention);
  if (count === 0) return null;
  return (
    <Link to="/archived" className="archived-line" data-testid="archived-line">
      <Icon name="archive" size={20} />
      <span>{t('chats.archived')}</span>
      {mentioned && <MentionBadge />}
      {unread > 0 && (
        <span
          className="archived-count"
          aria-label={t('common.unreadCount', { count: unread })}
          data-testid="archived-unread"
        >
          {badgeNumber(unread)}
        </span>
      )}
    </Link>
  );
}
