import { useEffect } from 'react';
import { useParams } from 'wouter';
import { navigate } from '@/components/navigation';
import { shortcutOf } from '@/lib/keyboard';
import { useAppSelector } from '@/store/hooks';
import { selectChatOrder } from '@/store/selectors';

/** What `shortcutOf` knows, done: a new chat, the chat beside this one, the open pane closed. */
export function useShortcuts(): void {
  const { id } = useParams();
  const order = useAppSelector(selectChatOrder);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const shortcut = shortcutOf(event);
      if (shortcut === null || document.querySelector('dialog[open]')) return;
      if (shortcut === 'new') {
        event.preventDefault();
        navigate('/new');
      } else if (shortcut !== 'close') {
        event.preventDefault();
        const step = shortcut === 'previous' ? -1 : 1;
        const next = order[id === undefined ? 0 : order.indexOf(id) + step];
        if (next !== undefined) navigate(`/chats/${next}`);
      } else if (window.location.pathname !== '/') {
        const parent = /^(\/chats\/[^/]+|\/settings)\/./.exec(window.location.pathname)?.[1];
        navigate(parent ?? '/');
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [id, order]);
}
