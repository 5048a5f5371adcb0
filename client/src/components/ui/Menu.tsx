import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { Icon, type IconName } from './Icon';
import { IconButton } from './IconButton';

export interface MenuLink {
  label: string;
  icon: IconName;
  to: string;
}

/** What else there is, behind three dots: opens below them, and closes by choice, Escape or a click beside it. */
export function Menu({ links }: { links: MenuLink[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const items = () => [...(place.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];

  useEffect(() => {
    if (!open) return;
    place.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    const close = (event: PointerEvent) => {
      if (!place.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', close);
    return () => document.removeEventListener('pointerdown', close);
  }, [open]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (!open) return;
    if (event.key === 'Escape') {
      // The menu alone closes, not the chat behind it.
      event.preventDefault();
      setOpen(false);
      place.current?.querySelector('button')?.focus();
    }
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[(at + step + all.length) % all.length]?.focus();
  };

  return (
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- hears what its buttons do
    <div ref={place} className="menu-place" onKeyDown={onKeyDown}>
      <IconButton
        icon="menu"
        label={t('common.more')}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      />
      {open && (
        <div className="menu" role="menu" aria-label={t('common.more')}>
          {links.map(({ label, icon, to }) => (
            <Link
              key={to}
              role="menuitem"
              className="sheet-action"
              to={to}
              onClick={() => setOpen(false)}
            >
              <Icon name={icon} size={22} />
              {label}
            </Link>
          ))}
        </div>
      )}
    </div>
  );
}
