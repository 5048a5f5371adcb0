import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ActionSheet, type Action, type Point } from '@/components/ui/ActionSheet';
import { ConfirmDialog } from '@/components/ui/ConfirmDialog';
import { lastSeqOf } from '@/model/chats/apply';
import { chatChanged, type Change } from '@/model/operations';
import { selectSelfId } from '@/model/session';
import { messagesSeen } from '@/realtime/actions';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import {
  isMuted,
  selectChat,
  selectPeople,
  selectPinnedCount,
  selectSettings,
  titleOf,
} from '@/store/selectors';

interface Props {
  id: string;
  /** Where a pointer has asked for it. */
  at: Point | null;
  onClose: () => void;
}

const HOUR_MS = 3_600_000;
const MUTES = [
  { key: 'chatMenu.hours', count: 8, ms: 8 * HOUR_MS },
  { key: 'chatMenu.weeks', count: 1, ms: 7 * 24 * HOUR_MS },
] as const;
type Step = 'menu' | 'mute' | 'clear' | 'full';

/** As the server has it. */
const PINNED_MAX = 3;

/** What the user can do with a chat for themselves alone. */
export function ChatMenu({ id, at, onClose }: Props) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const chat = useAppSelector((state) => selectChat(state, id));
  const settings = useAppSelector((state) => chat && selectSettings(state, chat));
  const pinned = useAppSelector(selectPinnedCount);
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  const [step, setStep] = useState<Step | null>('menu');
  useEffect(() => {
    if (step === null) onClose();
  }, [step, onClose]);
  if (!chat || !settings || step === null) return null;

  const title = titleOf(chat, people, selfId);
  const change = (wanted: Change) => dispatch(chatChanged(selfId, id, wanted));
  const close = () => setStep(null);
  const then = (next: Step) => () => setStep(next);

  if (step === 'mute') {
    const choices = MUTES.map(({ key, count, ms }): Action => {
      const run = () => change({ kind: 'mute', until: new Date(Date.now() + ms).toISOString() });
      return { label: t(key, { count }), icon: 'clock', run };
    });
    choices.push({
      label: t('chatMenu.always'),
      icon: 'mute',
      run: () => change({ kind: 'mute', until: 'always' }),
    });
    return (
      <ActionSheet key="mute" title={t('chatMenu.howLong')} actions={choices} onClose={close} />
    );
  }
  if (step === 'clear') {
    return (
      <ConfirmDialog
        title={t('chatMenu.clearTitle')}
        confirm={t('chatMenu.clear')}
        onConfirm={() => {
          change({ kind: 'clear', upToSeq: lastSeqOf(chat) });
          close();
        }}
        onClose={close}
      >
        <p>{t('chatMenu.clearText')}</p>
      </ConfirmDialog>
    );
  }
  if (step === 'full') {
    return (
      <ActionSheet
        key="full"
        title={t('chatMenu.pinnedFull', { count: PINNED_MAX })}
        actions={[]}
        onClose={close}
      />
    );
  }

  const unread = chat.unreadCount > 0 || settings.marked_unread;
  const muted = isMuted(settings);
  const markRead = () => {
    dispatch(messagesSeen({ conversationId: id, seq: lastSeqOf(chat) }));
    if (settings.marked_unread) change({ kind: 'markUnread', unread: false });
  };
  const actions: Action[] = [
    settings.pinned_at !== null
      ? {
          label: t('chatMenu.unpin'),
          icon: 'pin',
          run: () => change({ kind: 'pinChat', pinnedAt: null }),
        }
      : {
          label: t('chatMenu.pin'),
          icon: 'pin',
          run:
            pinned >= PINNED_MAX
              ? then('full')
              : () => change({ kind: 'pinChat', pinnedAt: new Date().toISOString() }),
        },
    muted
      ? {
          label: t('chatMenu.unmute'),
          icon: 'unmute',
          run: () => change({ kind: 'mute', until: null }),
        }
      : { label: t('chatMenu.mute'), icon: 'mute', run: then('mute') },
    {
      label: t(settings.archived ? 'chatMenu.unarchive' : 'chatMenu.archive'),
      icon: 'archive',
      run: () => change({ kind: 'archive', archived: !settings.archived }),
    },
    unread
      ? { label: t('chatMenu.markRead'), icon: 'read', run: markRead }
      : {
          label: t('chatMenu.markUnread'),
          icon: 'unread',
          run: () => change({ kind: 'markUnread', unread: true }),
        },
    ...(chat.lastMessage
      ? [
          {
            label: t('chatMenu.clear'),
            icon: 'trash',
            danger: true,
            run: then('clear'),
          } satisfies Action,
        ]
      : []),
  ];
  return <ActionSheet key="menu" title={title} actions={actions} at={at} onClose={close} />;
}
