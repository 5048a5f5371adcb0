import { useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useClientConfigQuery } from '@/api/auth';
import { later } from '@/components/later';
import { ActionSheet, type Action } from '@/components/ui/ActionSheet';
import { copyText } from '@/lib/clipboard';
import type { Chat } from '@/model/chats/types';
import { draftEdited, type Draft } from '@/model/drafts';
import { operationQueued, type Change } from '@/model/operations';
import { selectSelfId } from '@/model/session';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { actionsFor, DEFAULT_WINDOWS } from './actions';
import { EmojiDialog } from './EmojiDialog';
import { ForwardDialog } from './ForwardDialog';
import { MessageContext, type MessageHandlers, type Point } from './messageContext';
import { MessageInfo } from './MessageInfo';
import { MessageVersions } from './MessageVersions';
import { PersonSheet } from './PersonSheet';
import { QuickReactions } from './QuickReactions';
import { ReactionList } from './ReactionList';
import { SELECTED_MAX } from './SelectionBar';
import type { Bubble, TimelineItem } from './timeline';
import { usePins } from './usePins';

/** Loads with the first picture that somebody opens. */
const Viewer = later(() => import('@/components/media/viewer/Viewer').then((file) => file.Viewer));

interface Props {
  chat: Chat;
  items: TimelineItem[];
  jump: (messageId: string) => void;
  selection: ReadonlySet<string> | null;
  onSelection: (selection: ReadonlySet<string> | null) => void;
  /** Tells something in passing. */
  onNotice: (text: string) => void;
  children: ReactNode;
}

interface Open {
  kind:
    'menu' | 'delete' | 'versions' | 'pin' | 'reactions' | 'emoji' | 'forward' | 'info' | 'picture';
  key: string;
  at: Point | null;
}

const DAY_S = 86_400;
/** For how long a message can be pinned, in days. */
const PIN_DAYS = [1, 7, 30] as const;

/** What can be done with the messages below it, and the menus to choose it from. */
export function MessageMenu(props: Props) {
  const { chat, items, jump, selection, onSelection, onNotice, children } = props;
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const selfId = useAppSelector(selectSelfId);
  const { data: config } = useClientConfigQuery();
  const pins = usePins(chat);
  const [open, setOpen] = useState<Open | null>(null);
  const [person, setPerson] = useState<string | null>(null);
  const [expanded] = useState(() => new Set<string>());
  const close = () => setOpen(null);
  const conversationId = chat.id;

  const handlers = useMemo<MessageHandlers>(
    () => ({
      openMenu: ({ key }, at) => {
        if (selection === null) setOpen({ kind: 'menu', key, at });
      },
      reply: ({ id }) => {
        if (id !== null) write({ replyTo: id, edit: undefined });
      },
      jump,
      showVersions: ({ key }) => setOpen({ kind: 'versions', key, at: null }),
      showReactions: ({ key }) => setOpen({ kind: 'reactions', key, at: null }),
      showPicture: ({ key }) => setOpen({ kind: 'picture', key, at: null }),
      showPerson: setPerson,
      selection,
      toggle: (messageId) => {
        const next = new Set(selection);
        if (!next.delete(messageId)) next.add(messageId);
        if (next.size > SELECTED_MAX) onNotice(t('select.full', { count: SELECTED_MAX }));
        else onSelection(next);
      },
      expanded,
    }),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `write` closes over these two alone
    [jump, dispatch, conversationId, selection, onSelection, onNotice, t],
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
    const { id, key, text } = about;
    const windows = config?.limits ?? DEFAULT_WINDOWS;
    const pinned = pins.some(({ message_id }) => message_id === id);
    const possible = actionsFor({ chat, bubble: about, selfId, pinned, windows, now: Date.now() });
    const then = (next: Open['kind']) => () => setOpen({ kind: next, key, at: null });
    const change = (wanted: Change) => {
      if (id === null) return;
      dispatch(operationQueued(selfId, { conversationId, messageId: id }, wanted));
    };
    const react = (emoji: string | null) => {
      close();
      change({ kind: 'react', emoji });
    };
    if (kind === 'picture') {
      const pictures = items.filter(
        (item): item is Bubble =>
          item.type === 'message' && item.attachment?.file.kind === 'picture',
      );
      return <Viewer pictures={pictures} first={key} onClose={close} />;
    }
    // Of a message that is deleted meanwhile there is nothing to show.
    if (kind !== 'menu' && kind !== 'delete' && (id === null || about.deleted)) return null;
    switch (kind) {
      case 'versions':
        return (
          <MessageVersions conversationId={conversationId} messageId={id ?? ''} onClose={close} />
        );
      case 'reactions': {
        const mine = about.myReaction !== null && possible.includes('react');
        return (
          <ReactionList
            conversationId={conversationId}
            messageId={id ?? ''}
            onTakeBack={mine ? () => react(null) : null}
            onClose={close}
          />
        );
      }
      case 'emoji':
        return <EmojiDialog title={t('reaction.react')} onChoose={react} onClose={close} />;
      case 'forward':
        return <ForwardDialog bubbles={[about]} onSent={onNotice} onClose={close} />;
      case 'info':
        return <MessageInfo conversationId={conversationId} messageId={id ?? ''} onClose={close} />;
      case 'pin': {
        const choices = PIN_DAYS.map((days): Action => {
          const run = () => change({ kind: 'pin', forS: days * DAY_S });
          return { label: t('pin.days', { count: days }), icon: 'clock', run };
        });
        return <ActionSheet key="pin" title={t('pin.howLong')} actions={choices} onClose={close} />;
      }
      case 'delete': {
        const choice = (label: string, wanted: Change): Action => ({
          label,
          icon: 'trash',
          danger: true,
          run: () => change(wanted),
        });
        const choices = [
          ...(possible.includes('deleteForEveryone')
            ? [choice(t('message.deleteForEveryone'), { kind: 'delete' })]
            : []),
          choice(t('message.deleteForMe'), { kind: 'hide' }),
        ];
        return (
          <ActionSheet
            key="delete"
            title={t('message.deleteTitle')}
            actions={choices}
            onClose={close}
          />
        );
      }
      case 'menu':
        break;
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
      forward: { label: t('forward.forward'), icon: 'forward', run: then('forward') },
      star: {
        label: t('message.star'),
        icon: 'star',
        run: () => change({ kind: 'star', starred: true }),
      },
      unstar: {
        label: t('message.unstar'),
        icon: 'star',
        run: () => change({ kind: 'star', starred: false }),
      },
      info: { label: t('message.info'), icon: 'info', run: then('info') },
      select: {
        label: t('select.select'),
        icon: 'select',
        run: () => {
          if (id !== null) onSelection(new Set([id]));
        },
      },
      pin: { label: t('pin.pin'), icon: 'pin', run: then('pin') },
      unpin: { label: t('pin.unpin'), icon: 'pin', run: () => change({ kind: 'unpin' }) },
      delete: { label: t('common.delete'), icon: 'trash', danger: true, run: then('delete') },
    };
    const actions = possible.flatMap((name) => all[name] ?? []);
    if (actions.length === 0) return null;
    const quick = possible.includes('react') && (
      <QuickReactions mine={about.myReaction} onReact={react} onMore={then('emoji')} />
    );
    return (
      <ActionSheet
        key="menu"
        title={t('message.options')}
        top={quick}
        actions={actions}
        at={at}
        onClose={close}
      />
    );
  }

  return (
    <MessageContext value={handlers}>
      {children}
      {shown}
      {person !== null && (
        <PersonSheet userId={person} onNotice={onNotice} onClose={() => setPerson(null)} />
      )}
    </MessageContext>
  );
}
