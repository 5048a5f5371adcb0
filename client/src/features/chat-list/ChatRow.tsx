import { memo, useRef, type MouseEvent } from 'react';
import { Link } from 'wouter';
import { useTranslation } from 'react-i18next';
import type { Point } from '@/components/ui/ActionSheet';
import { Avatar } from '@/components/ui/Avatar';
import { Icon, type IconName } from '@/components/ui/Icon';
import { Name } from '@/components/ui/Name';
import { Ticks } from '@/components/ui/Ticks';
import { useTouchGestures } from '@/components/useTouchGestures';
import { badgeNumber } from '@/lib/locale';
import { rowTime } from '@/lib/time';
import { isOwnChat } from '@/model/chats/direct';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import {
  faceOf,
  isMuted,
  peerOf,
  selectChat,
  selectOutboxOf,
  selectPeerHandle,
  selectPeople,
  selectSettings,
  selectTyping,
} from '@/store/selectors';
import { MentionBadge } from './MentionBadge';
import { previewOf } from './rowPreview';

interface Props {
  id: string;
  active: boolean;
  tabStop: boolean;
  /** Opens its menu, where the pointer is. Absent: there is none. */
  onMenu?: (id: string, at: Point | null) => void;
}

export const ChatRow = memo(function ChatRow({ id, active, tabStop, onMenu }: Props) {
  const { t } = useTranslation();
  const chat = useAppSelector((state) => selectChat(state, id));
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  const pending = useAppSelector((state) => selectOutboxOf(state, id)).at(-1);
  const draft = useAppSelector((state) => state.drafts[id]);
  const typing = useAppSelector((state) => selectTyping(state, id));
  const online = useAppSelector((state) => state.activity.online[id]);
  const handle = useAppSelector((state) => selectPeerHandle(state, id));
  const settings = useAppSelector((state) => chat && selectSettings(state, chat));
  // A tap that ends a long press follows no link; the next one does.
  const held = useRef(false);
  const gestures = useTouchGestures({
    onLongPress: () => {
      held.current = true;
      onMenu?.(id, null);
    },
    onReply: null,
  });
  if (!chat || !settings) return null;

  const face = faceOf(chat, people, selfId);
  const peer = peerOf(chat, people, selfId);
  const preview = previewOf({
    chat,
    people,
    selfId,
    pending,
    draft: active ? undefined : draft,
    typing,
  });
  const unread = chat.unreadCount;
  const muted = isMuted(settings);
  const waits = unread > 0 || settings.marked_unread;
  const openAt = (event: MouseEvent) => {
    if (!onMenu) return;
    event.preventDefault();
    // A finger that rests has opened it already.
    if (held.current) return;
    const fine = window.matchMedia('(pointer: fine)').matches;
    onMenu(id, fine ? pointOf(event) : null);
  };

  const row = (
    <Link
      to={`/chats/${id}`}
      onClick={(event) => {
        if (held.current) event.preventDefault();
        held.current = false;
      }}
      className={waits ? 'chat-row chat-row-unread' : 'chat-row'}
      aria-current={active ? 'page' : undefined}
      tabIndex={tabStop ? 0 : -1}
      data-testid="chat-row"
      data-chat-id={id}
    >
      <Avatar
        {...face}
        online={peer !== undefined && !isOwnChat(chat) && (online?.includes(peer.id) ?? false)}
      />
      <span className="chat-row-lines">
        <span className="chat-row-line">
          <span className="chat-row-title">
            <Name name={face.name} handle={handle} />
          </span>
          <time className="chat-row-time" dateTime={preview.at}>
            {rowTime(preview.at)}
          </time>
        </span>
        <span className="chat-row-line">
          <span className={`chat-row-preview chat-row-${preview.kind}`}>
            {preview.kind === 'message' && <Ticks status={preview.status} />}
            {preview.kind === 'draft' && (
              <span className="chat-row-draft-label">{t('chats.draft')} </span>
            )}
            <span className="chat-row-text" dir="auto">
              {/* The name and the text are one line in the name's direction: the colon stays after it. */}
              {preview.sender && (
                <>
                  <span className="chat-row-sender">{preview.sender}:</span>{' '}
                </>
              )}
              {preview.carries && <Icon name={preview.carries} size={16} />}
              <bdi>{preview.text}</bdi>
            </span>
          </span>
          {muted && <Mark icon="mute" label={t('chats.muted')} />}
          {settings.pinned_at !== null && <Mark icon="pin" label={t('chats.pinned')} />}
          {chat.unreadMentions > 0 && <MentionBadge />}
          {waits && (
            <span
              className={muted ? 'badge badge-quiet' : 'badge'}
              data-testid={unread > 0 ? 'unread-badge' : 'unread-mark'}
            >
              {unread > 0 && badgeNumber(unread)}
              <span className="visually-hidden"> {t('chats.unreadLabel')}</span>
            </span>
          )}
        </span>
      </span>
    </Link>
  );
  if (!onMenu) return row;
  return (
    // The row's button does the same by keyboard and by mouse.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- see above
    <div
      className="chat-row-place"
      onContextMenu={openAt}
      {...gestures}
      onPointerDown={(event) => {
        held.current = false;
        gestures.onPointerDown(event);
      }}
    >
      {row}
      <button
        type="button"
        className="chat-row-menu"
        aria-label={t('chats.options', { name: face.name })}
        aria-haspopup="dialog"
        tabIndex={tabStop ? 0 : -1}
        onClick={({ currentTarget }) => {
          const { left, bottom } = currentTarget.getBoundingClientRect();
          onMenu(id, { x: left, y: bottom });
        }}
      >
        <Icon name="down" size={18} />
      </button>
    </div>
  );
});

/** Where a menu opens: at the pointer; asked for by the keyboard, below the row's beginning. */
function pointOf(event: MouseEvent): Point {
  if (event.clientX > 0 || event.clientY > 0) return { x: event.clientX, y: event.clientY };
  const { left, bottom } = event.currentTarget.getBoundingClientRect();
  return { x: left, y: bottom };
}

function Mark({ icon, label }: { icon: IconName; label: string }) {
  return (
    <span className="chat-row-mark" role="img" aria-label={label}>
      <Icon name={icon} size={16} />
    </span>
  );
}
