import { useEffect, useState } from 'react';
import type { TextKey } from '@/i18n/i18n';
import type { ConnectionStatus } from '@/model/connection';
import { useAppSelector } from '@/store/hooks';

const WORDS = {
  idle: 'connection.connecting',
  connecting: 'connection.connecting',
  waiting: 'connection.waiting',
  syncing: 'connection.syncing',
} as const satisfies Record<Exclude<ConnectionStatus, 'online'>, TextKey>;

/** Most losses are over before a word about them is read. */
const PATIENCE_MS = 3_000;

/** What to say of the connection: nothing while it is up, or has been away for a moment only. */
export function useConnectionWord(): (typeof WORDS)[keyof typeof WORDS] | null {
  const status = useAppSelector((state) => state.connection.status);
  const away = status !== 'online';
  const [long, setLong] = useState(false);
  useEffect(() => {
    if (!away) return;
    const timer = setTimeout(() => setLong(true), PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      setLong(false);
    };
  }, [away]);
  return away && long ? WORDS[status] : null;
}
