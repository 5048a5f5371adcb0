import { useEffect, useState } from 'react';
import { bytesOf } from '@/persistence/files';
import { selectSelfId } from '@/model/session';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { linkTo } from './links';

/** How often a file that does not load is asked for by a new link. */
const ATTEMPTS = 2;

export interface Source {
  /** Where it is; null while that is being asked, or where there is none. */
  url: string | null;
  /** `gone`: nobody can load it any more; `failed`: it did not load. */
  state: 'waiting' | 'ready' | 'gone' | 'failed';
  /** What the element says that shows it. */
  onError: () => void;
  /** Tries once more. */
  retry: () => void;
}

/**
 * Where a file is loaded from, once it is known: it stays the same while it is shown, for another
 * address would load it again and end what plays.
 */
export function useSource(id: string | null, size: 'whole' | 'small'): Source {
  const dispatch = useAppDispatch();
  const status = useAppSelector((state) => state.connection.status);
  const [attempt, setAttempt] = useState(0);
  const [found, setFound] = useState<Pick<Source, 'url' | 'state'>>({
    url: null,
    state: 'waiting',
  });
  const settled = found.state === 'ready' || found.state === 'gone';
  useEffect(() => {
    // What could not be asked for is asked for again when the connection is another one.
    if (id === null || settled) return;
    let over = false;
    void dispatch(linkTo(id, attempt > 0)).then((link) => {
      if (over) return;
      if (typeof link === 'string') setFound({ url: null, state: link });
      else {
        const small = size === 'small' ? link.thumbnailUrl : null;
        setFound({ url: small ?? link.url, state: 'ready' });
      }
    });
    return () => {
      over = true;
    };
  }, [dispatch, id, size, attempt, status, settled]);
  const again = () => {
    setFound({ url: null, state: 'waiting' });
    setAttempt(attempt + 1);
  };
  return {
    ...found,
    onError: () => (attempt < ATTEMPTS ? again() : setFound({ url: null, state: 'failed' })),
    retry: again,
  };
}

/**
 * The address of a file that this device has itself, while it waits to be sent. It stays until the
 * element goes, so that what was sent does not load once more.
 */
export function useOwnCopy(clientMsgId: string | null): string | null {
  const selfId = useAppSelector(selectSelfId);
  const [url, setUrl] = useState<string | null>(null);
  // Once there is one, it stays though the message has been sent since.
  const [wanted, setWanted] = useState(clientMsgId);
  if (clientMsgId !== null && clientMsgId !== wanted) setWanted(clientMsgId);
  useEffect(() => {
    if (wanted === null) return;
    let made: string | null = null;
    let over = false;
    void bytesOf(selfId, wanted).then((file) => {
      if (over || !file) return;
      made = URL.createObjectURL(file);
      setUrl(made);
    });
    return () => {
      over = true;
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [wanted, selfId]);
  return url;
}
