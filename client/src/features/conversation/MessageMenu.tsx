import { useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useClientConfigQuery } from '@/api/auth';
import { ActionSheet, type Action } from '@/components/ui/ActionSheet';
import { copyText } from '@/lib/clipboard';
import type { Chat } from '@/model/chats/types';
import { draftEdited, type Draft } from '@/model/drafts';
import { operationQueued, type Change } from '@/model/operations';
import { selectSelfId } from '@/model/session';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { actionsFor, DEFAULT_WINDOWS } from './actions';
import { MessageContext, type MessageHandlers, type Point } from './messageContext';
import { MessageVersions } from './MessageVersions';
import type { Bubble, TimelineItem } from './timeline';

interface Props {
  chat: Chat;
  items: TimelineItem[];
  jump: (messageId: string) => void;
  /** Tells something in passing. */
  onNotice: (text: string) => void;
  children: ReactNode;
}

interface Open {
  kind: 'menu' | 'delete' | 'versions';
  key: string;
  at: Point | null;
}

/** What can be done with the messages below it, and the menus to choose it from. */
export function MessageMenu({ chat, items, jump, onNotice, children }: Props) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const selfId = useAppSelector(selectSelfId);
  const { data: config } = useClientConfigQuery();
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const conversationId = chat.id;

  const handlers = useMemo<MessageHandlers>(
    () => ({
      openMenu: ({ key }, at) => setOpen({ kind: 'menu', key, at }),
      reply: ({ id }) => {
        if (id !== null) write({ replyTo: id, edit: undefined });
      },
      jump,
      showVersions: ({ key }) => setOpen({ kind: 'versions', key, at: null }),
    }),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `write` closes over these two alone
    [jump, dispatch, conversationId],
  );

  /** Changes what the composer is about; the text in it stays. */
  function write(change: Pick<Draft, 'replyTo' | 'edit'>): void {
    dispatch((tell, getState) => {
      const draft = getState().drafts[conversationId];
      const text = draft?.text ?? '';
      tell(draftEdited({ conversationId, text, ...draft, ...change, editedAt: Date.now() }));
    });
  }

  const bubble = items.find(
    (item): item is Bubble => item.type === 'message' && item.key === open?.key,
  );
  const shown = open && bubble ? dialogOf(open, bubble) : null;

  function dialogOf({ kind, at }: Open, about: Bubble): ReactNode {
    const { id, text } = about;
    const windows = config?.limits ?? DEFAULT_WINDOWS;
    const possible = actionsFor({ chat, bubble: about, selfId, windows, now: Date.now() });
    const change = (wanted: Change) => {
      if (id === null) return;
      dispatch(operationQueued(selfId, { conversationId, messageId: id }, wanted));
    };
    if (kind === 'versions') {
      // A message that is deleted meanwhile has none.
      if (id === null || about.deleted) return null;
      return <MessageVersions conversationId={conversationId} messageId={id} onClose={close} />;
    }
    if (kind === 'delete') {
      const choices: Action[] = [
        {
          label: t('message.deleteForMe'),
          icon: 'trash',
          danger: true,
          run: () => change({ kind: 'hide' }),
        },
      ];
      if (possible.includes('deleteForEveryone')) {
        choices.unshift({
          label: t('message.deleteForEveryone'),
          icon: 'trash',
          danger: true,
          run: () => change({ kind: 'delete' }),
        });
      }
      return <ActionSheet title={t('message.deleteTitle')} actions={choices} onClose={close} />;
    }
    const all: Record<string, Action> = {
      reply: { label: t('message.reply'), icon: 'reply', run: () => handlers.reply(about) },
      copy: {
        label: t('message.copy'),
        icon: 'copy',
        run: () => {
          void copyText(text).then((copied) =>
            onNotice(t(copied ? 'message.copied' : 'message.notCopied')),
          );
        },
      },
      edit: {
        label: t('message.edit'),
        icon: 'edit',
        run: () => {
          if (id !== null) write({ replyTo: undefined, edit: { messageId: id, text } });
        },
      },
      delete: {
        label: t('common.delete'),
        icon: 'trash',
        danger: true,
        run: () => setOpen({ kind: 'delete', key: about.key, at: null }),
      },
    };
    const actions = possible.flatMap((name) => all[name] ?? []);
    if (actions.length === 0) return null;
    return <ActionSheet title={t('message.options')} actions={actions} at={at} onClose={close} />;
  }

  return (
    <MessageContext value={handlers}>
      {children}
      {shown}
    </MessageContext>
  );
}
