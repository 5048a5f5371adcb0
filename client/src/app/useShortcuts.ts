import { useEffect } from 'react';
import { useNavigate, useParams } from 'react-router';
import { shortcutOf } from '@/lib/keyboard';
import { useAppSelector } from '@/store/hooks';
import { selectChatOrder } from '@/store/selectors';

/** What `shortcutOf` knows, done: a new chat, the chat beside this one, the open pane closed. */
export function useShortcuts(): void {
  const navigate = useNavigate();
  const { id } = useParams();
  const order = useAppSelector(selectChatOrder);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const shortcut = shortcutOf(event);
      if (shortcut === null || document.querySelector('dialog[open]')) return;
      if (shortcut === 'new') {
        event.preventDefault();
        void navigate('/new');
      } else if (shortcut !== 'close') {
        event.preventDefault();
        const step = shortcut === 'previous' ? -1 : 1;
        const next = order[id === undefined ? 0 : order.indexOf(id) + step];
        if (next !== undefined) void navigate(`/chats/${next}`);
      } else if (window.location.pathname !== '/') {
        const parent = /^(\/chats\/[^/]+|\/settings)\/./.exec(window.location.pathname)?.[1];
        void navigate(parent ?? '/');
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate, id, order]);
}
