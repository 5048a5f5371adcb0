import { memo } from 'react';
import { Link } from 'wouter';
import { useTranslation } from 'react-i18next';
import { Avatar } from '@/components/ui/Avatar';
import { Icon } from '@/components/ui/Icon';
import { Name } from '@/components/ui/Name';
import { Ticks } from '@/components/ui/Ticks';
import { badgeNumber } from '@/lib/locale';
import { rowTime } from '@/lib/time';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import {
  faceOf,
  peerOf,
  selectChat,
  selectOutboxOf,
  selectPeerHandle,
  selectPeople,
  selectTyping,
} from '@/store/selectors';
import { previewOf } from './rowPreview';

interface Props {
  id: string;
  active: boolean;
  tabStop: boolean;
}

export const ChatRow = memo(function ChatRow({ id, active, tabStop }: Props) {
  const { t } = useTranslation();
  const chat = useAppSelector((state) => selectChat(state, id));
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  const pending = useAppSelector((state) => selectOutboxOf(state, id)).at(-1);
  const draft = useAppSelector((state) => state.drafts[id]);
  const typing = useAppSelector((state) => selectTyping(state, id));
  const online = useAppSelector((state) => state.activity.online[id]);
  const handle = useAppSelector((state) => selectPeerHandle(state, id));
  if (!chat) return null;

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

  return (
    <Link
      to={`/chats/${id}`}
      className={unread > 0 ? 'chat-row chat-row-unread' : 'chat-row'}
      aria-current={active ? 'page' : undefined}
      tabIndex={tabStop ? 0 : -1}
      data-testid="chat-row"
      data-chat-id={id}
    >
      <Avatar {...face} online={peer !== undefined && (online?.includes(peer.id) ?? false)} />
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
          {unread > 0 && (
            <span className="badge" data-testid="unread-badge">
              {badgeNumber(unread)}
              <span className="visually-hidden"> {t('chats.unreadLabel')}</span>
            </span>
          )}
        </span>
      </span>
    </Link>
  );
});
