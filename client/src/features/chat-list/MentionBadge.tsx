import { useTranslation } from 'react-i18next';

/** An unread message names the user: that counts in a muted chat, too. */
export function MentionBadge() {
  const { t } = useTranslation();
  return (
    <span className="badge mention-badge" role="img" aria-label={t('chats.mentioned')}>
      @
    </span>
  );
}
