import { useEffect } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useAppSelector } from '@/store/hooks';
import { selectChatOrder } from '@/store/selectors';

/** Alt+N: new chat. Alt+↑/↓: previous or next chat. Esc: closes the pane that is open. */
export function useShortcuts(): void {
  const navigate = useNavigate();
  const { id } = useParams();
  const order = useAppSelector(selectChatOrder);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (document.querySelector('dialog[open]')) return;
      if (event.altKey && event.code === 'KeyN') {
        event.preventDefault();
        void navigate('/new');
      } else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
        event.preventDefault();
        const step = event.key === 'ArrowUp' ? -1 : 1;
        const next = order[id === undefined ? 0 : order.indexOf(id) + step];
        if (next !== undefined) void navigate(`/chats/${next}`);
      } else if (event.key === 'Escape' && window.location.pathname !== '/') {
        const parent = /^\/chats\/[^/]+\/./.test(window.location.pathname)
          ? `/chats/${id ?? ''}`
          : '/';
        void navigate(parent);
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate, id, order]);
}
