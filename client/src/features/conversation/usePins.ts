import { useEffect, useMemo, useState } from 'react';
import type { Pin } from '@/api/types';
import { pinned, standing, unpinned } from '@/model/chats/pins';
import type { Chat } from '@/model/chats/types';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { selectOperationsOf, type OperationsByMessage } from '@/store/selectors';

/** Timers hold about 25 days, and a device may sleep: an end is looked for this often. */
const LOOK_EVERY_MS = 60_000;

/** What stands above a chat, the newest first, with what the user has just pinned and unpinned. */
export function pinsOf(
  chat: Chat,
  operations: OperationsByMessage,
  selfId: string,
  now: number,
): Pin[] {
  let pins = chat.pins;
  for (const [messageId, { content, pin: operation }] of Object.entries(operations)) {
    const gone = content?.state === 'queued' && content.change.kind !== 'edit';
    const change = operation?.state === 'queued' ? operation.change : null;
    if (gone || change?.kind === 'unpin') pins = unpinned(pins, messageId);
    else if (change?.kind === 'pin') {
      const until = new Date(now + change.forS * 1_000).toISOString();
      pins = pinned(pins, { message_id: messageId, by: selfId, until });
    }
  }
  return standing(pins, now).filter(({ message_id }) => !chat.hidden.includes(message_id));
}

export function usePins(chat: Chat): Pin[] {
  const selfId = useAppSelector(selectSelfId);
  const operations = useAppSelector((state) => selectOperationsOf(state, chat.id));
  const [now, setNow] = useState(Date.now);
  const any = chat.pins.length > 0;
  useEffect(() => {
    if (!any) return;
    const timer = setInterval(() => setNow(Date.now()), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [any]);
  return useMemo(() => pinsOf(chat, operations, selfId, now), [chat, operations, selfId, now]);
}
