import { Link } from 'react-router';
import { Mark } from '@/components/ui/Brand';
import { Icon, type IconName } from '@/components/ui/Icon';
import { useAppSelector } from '@/store/hooks';
import { selectUnreadChats } from '@/store/selectors';

type Place = 'chats' | 'settings';

const PLACES: { id: Place; to: string; label: string; icon: IconName }[] = [
  { id: 'chats', to: '/', label: 'Chats', icon: 'chat' },
  { id: 'settings', to: '/settings', label: 'Settings', icon: 'settings' },
];

/** The bottom tabs of a phone, or the rail at the edge of a desktop. */
export function Navigation({ kind, current }: { kind: 'tabs' | 'rail'; current: Place }) {
  const unread = useAppSelector(selectUnreadChats);
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
            {id === 'chats' && unread > 0 && (
              <span className="badge" aria-label={`${unread} unread`}>
                {unread > 99 ? '99+' : unread}
              </span>
            )}
          </span>
          <span className={kind === 'rail' ? 'visually-hidden' : undefined}>{label}</span>
        </Link>
      ))}
    </nav>
  );
}
