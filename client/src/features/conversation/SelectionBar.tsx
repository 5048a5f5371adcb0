import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClientConfigQuery } from '@/api/auth';
import { ActionSheet, type Action } from '@/components/ui/ActionSheet';
import { IconButton } from '@/components/ui/IconButton';
import { copyText } from '@/lib/clipboard';
import { nameOf } from '@/lib/names';
import type { Chat } from '@/model/chats/types';
import { operationQueued, type Change } from '@/model/operations';
import { selectSelfId } from '@/model/session';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { selectPeople } from '@/store/selectors';
import { actionsFor, DEFAULT_WINDOWS, type MessageAction } from './actions';
import { ForwardDialog } from './ForwardDialog';
import type { Bubble, TimelineItem } from './timeline';

/** More at once nobody looks through, and each of them is a request. */
export const SELECTED_MAX = 100;

interface Props {
  chat: Chat;
  items: TimelineItem[];
  /** Ids of messages. */
  selection: ReadonlySet<string>;
  onNotice: (text: string) => void;
  onClose: () => void;
}

/** What can be done with several messages at once; Escape ends choosing them. */
export function SelectionBar({ chat, items, selection, onNotice, onClose }: Props) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const selfId = useAppSelector(selectSelfId);
  const people = useAppSelector(selectPeople);
  const { data: config } = useClientConfigQuery();
  // How old they are counts from when the first was chosen.
  const [now] = useState(() => Date.now());
  const [open, setOpen] = useState<'forward' | 'delete' | null>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || document.querySelector('dialog[open]')) return;
      // The chat behind it stays open.
      event.preventDefault();
      onClose();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [onClose]);

  const chosen = items.filter(
    (item): item is Bubble => item.type === 'message' && selection.has(item.id ?? ''),
  );
  const windows = config?.limits ?? DEFAULT_WINDOWS;
  const possible = chosen.map((bubble) =>
    actionsFor({ chat, bubble, selfId, pinned: false, windows, now }),
  );
  const canAll = (...actions: MessageAction[]) =>
    chosen.length > 0 &&
    possible.every((those) => actions.some((action) => those.includes(action)));
  const changeAll = (change: Change) => {
    for (const { id } of chosen) {
      if (id === null) continue;
      dispatch(operationQueued(selfId, { conversationId: chat.id, messageId: id }, change));
    }
    onClose();
  };
  const copy = () => {
    const nameOfSender = (id: string) => (id === selfId ? t('common.you') : nameOf(people[id]));
    const lines = chosen.map(({ senderId, text }) =>
      chosen.length === 1
        ? text
        : t('conversation.announced', { name: nameOfSender(senderId), text }),
    );
    void copyText(lines.join('\n')).then((copied) => {
      onNotice(t(copied ? 'message.copied' : 'message.notCopied'));
      onClose();
    });
  };
  const remove = (label: string, wanted: Change): Action => ({
    label,
    icon: 'trash',
    danger: true,
    run: () => changeAll(wanted),
  });

  const starring = !chosen.every(({ starred }) => starred);
  return (
    <div className="selection-bar" role="toolbar" aria-label={t('select.bar')}>
      <IconButton icon="close" label={t('select.end')} onClick={onClose} />
      <p className="selection-count" role="status">
        {t('select.count', { count: selection.size })}
      </p>
      <IconButton icon="copy" label={t('message.copy')} disabled={!canAll('copy')} onClick={copy} />
      <IconButton
        icon="star"
        label={starring ? t('message.star') : t('message.unstar')}
        disabled={!canAll('star', 'unstar')}
        onClick={() => changeAll({ kind: 'star', starred: starring })}
      />
      <IconButton
        icon="trash"
        label={t('common.delete')}
        disabled={!canAll('delete')}
        onClick={() => setOpen('delete')}
      />
      <IconButton
        icon="forward"
        label={t('forward.forward')}
        className="flip-in-rtl"
        disabled={!canAll('forward')}
        onClick={() => setOpen('forward')}
      />
      {open === 'forward' && (
        <ForwardDialog
          bubbles={chosen}
          onSent={(text) => {
            onNotice(text);
            onClose();
          }}
          onClose={() => setOpen(null)}
        />
      )}
      {open === 'delete' && (
        <ActionSheet
          title={t('select.deleteTitle', { count: chosen.length })}
          actions={[
            ...(canAll('deleteForEveryone')
              ? [remove(t('message.deleteForEveryone'), { kind: 'delete' })]
              : []),
            remove(t('message.deleteForMe'), { kind: 'hide' }),
          ]}
          onClose={() => setOpen(null)}
        />
      )}
    </div>
  );
}
