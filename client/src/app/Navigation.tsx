import { Link } from 'wouter';
import { useTranslation } from 'react-i18next';
import { Mark } from '@/components/ui/Brand';
import { Icon, type IconName } from '@/components/ui/Icon';
import { badgeNumber } from '@/lib/locale';
import { useAppSelector } from '@/store/hooks';
import { selectRequestOrder, selectUnreadChats } from '@/store/selectors';

export type Place = 'chats' | 'requests' | 'starred' | 'settings';

const PLACES: { id: Place; to: string; icon: IconName }[] = [
  { id: 'chats', to: '/', icon: 'chat' },
  { id: 'requests', to: '/requests', icon: 'inbox' },
  { id: 'starred', to: '/starred', icon: 'star' },
  { id: 'settings', to: '/settings', icon: 'settings' },
];

/** The bottom tabs of a phone, where settings lead to the starred messages, or the rail at the edge of a desktop. */
export function Navigation({ kind, current }: { kind: 'tabs' | 'rail'; current: Place }) {
  const { t } = useTranslation();
  const unread = useAppSelector(selectUnreadChats);
  const requests = useAppSelector((state) => selectRequestOrder(state).length);
  const waiting: Partial<Record<Place, { count: number; label: string }>> = {
    chats: { count: unread, label: t('common.unreadCount', { count: unread }) },
    requests: { count: requests, label: t('common.waitingCount', { count: requests }) },
  };
  const linkClass = kind === 'tabs' ? 'tab-link' : 'rail-link';
  return (
    <nav className={kind} aria-label={t('app.main')}>
      {kind === 'rail' && <Mark size={40} />}
      {PLACES.filter(({ id }) => kind === 'rail' || id !== 'starred').map(({ id, to, icon }) => (
        <Link
          key={id}
          to={to}
          className={linkClass}
          title={t(`common.${id}`)}
          aria-current={id === current ? 'page' : undefined}
        >
          <span className="tab-icon">
            <Icon name={icon} />
            <Badge {...waiting[id]} />
          </span>
          <span className={kind === 'rail' ? 'visually-hidden' : undefined}>
            {t(`common.${id}`)}
          </span>
        </Link>
      ))}
    </nav>
  );
}

function Badge({ count = 0, label = '' }: { count?: number; label?: string }) {
  if (count === 0) return null;
  return (
    <span className="badge" aria-label={label}>
      {badgeNumber(count)}
    </span>
  );
}
