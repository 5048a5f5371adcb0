import { Link } from 'react-router';
import { Mark } from '@/components/ui/Brand';
import { Icon, type IconName } from '@/components/ui/Icon';
import { useAppSelector } from '@/store/hooks';
import { selectRequestOrder, selectUnreadChats } from '@/store/selectors';

export type Place = 'chats' | 'requests' | 'settings';

const PLACES: { id: Place; to: string; label: string; icon: IconName }[] = [
  { id: 'chats', to: '/', label: 'Chats', icon: 'chat' },
  { id: 'requests', to: '/requests', label: 'Requests', icon: 'inbox' },
  { id: 'settings', to: '/settings', label: 'Settings', icon: 'settings' },
];

/** The bottom tabs of a phone, or the rail at the edge of a desktop. */
export function Navigation({ kind, current }: { kind: 'tabs' | 'rail'; current: Place }) {
  const unread = useAppSelector(selectUnreadChats);
  const requests = useAppSelector((state) => selectRequestOrder(state).length);
  const waiting: Partial<Record<Place, { count: number; label: string }>> = {
    chats: { count: unread, label: `${unread} unread` },
    requests: { count: requests, label: `${requests} waiting` },
  };
  const linkClass = kind === 'tabs' ? 'tab-link' : 'rail-link';
  return (
    <nav className={kind} aria-label="Main">
      {kind === 'rail' && <Mark size={40} />}
      {PLACES.map(({ id, to, label, icon }) => (
        <Link
          key={id}
          to={to}
          className={linkClass}
          title={label}
          aria-current={id === current ? 'page' : undefined}
        >
          <span className="tab-icon">
            <Icon name={icon} />
            <Badge {...waiting[id]} />
          </span>
          <span className={kind === 'rail' ? 'visually-hidden' : undefined}>{label}</span>
        </Link>
      ))}
    </nav>
  );
}

function Badge({ count = 0, label = '' }: { count?: number; label?: string }) {
  if (count === 0) return null;
  return (
    <span className="badge" aria-label={label}>
      {count > 99 ? '99+' : count}
    </span>
  );
}
