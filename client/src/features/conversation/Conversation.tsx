import { useCallback, useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { useTranslation } from 'react-i18next';
import { Avatar } from '@/components/ui/Avatar';
import { EmptyState } from '@/components/ui/EmptyState';
import { Icon } from '@/components/ui/Icon';
import { IconButton } from '@/components/ui/IconButton';
import { Skeleton } from '@/components/ui/Skeleton';
import { Menu, type MenuLink } from '@/components/ui/Menu';
import { Name } from '@/components/ui/Name';
import { ConnectionStatus } from '@/components/ConnectionStatus';
import { useConnectionWord } from '@/components/useConnectionWord';
import { useBack, navigate } from '@/components/navigation';
import { useOpenChat } from '@/components/useOpenChat';
import { lifetimeText } from '@/lib/lifetime';
import type { Chat } from '@/model/chats/types';
import { chatChanged } from '@/model/operations';
import { selectSelfId } from '@/model/session';
import { historyWanted } from '@/realtime/actions';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import {
  faceOf,
  peerOf,
  selectChat,
  selectOutboxOf,
  selectPeerHandle,
  selectPeople,
  selectSettings,
  selectTyping,
} from '@/store/selectors';
import { AttachArea } from './attach/AttachArea';
import { Composer } from './Composer';
import { drawsLinks, requestRoom } from './contact';
import { BlockedBar, OwnRequestBar, RequestBar } from './ContactBar';
import { GroupRequest } from './GroupRequest';
import { MessageList } from './MessageList';
import { missingFor } from './opening';
import { subtitleOf } from './subtitle';
import './conversation.css';
import './formatting.css';
import './lives.css';
import './reactions.css';

interface Props {
  id: string;
  /** One pane at a time: the chat has its own way back, and its own line about the connection. */
  phone: boolean;
}

interface Selected {
  chatId: string;
  ids: ReadonlySet<string>;
}

export function Conversation({ id, phone }: Props) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const chat = useAppSelector((state) => selectChat(state, id));
  const loaded = useAppSelector((state) => state.chats.loaded);
  const back = useBack('/');
  useOpenChat(id);
  useSeen(chat);
  // Of another chat nothing is selected.
  const [selected, setSelected] = useState<Selected | null>(null);
  const selection = selected?.chatId === id ? selected.ids : null;
  const setSelection = useCallback(
    (ids: ReadonlySet<string> | null) => setSelected(ids && { chatId: id, ids }),
    [id],
  );
  const asked = chat?.state === 'requested';
  const missing = chat && !asked ? missingFor(chat) : null;
  const oldest = chat?.history?.messages[0]?.seq;
  const load = useAppSelector((state) => state.chats.loads[id]);
  const status = useAppSelector((state) => state.connection.status);

  useEffect(() => {
    // Asked again when the connection comes back: a chat opened offline fills itself.
    if (missing && load === undefined) {
      dispatch(historyWanted({ conversationId: id, kind: missing }));
    }
  }, [dispatch, id, missing, oldest, load, status]);
  // What is on this device is better than nothing.
  const offline = status !== 'online' && status !== 'syncing';
  const ready = missing === null || load === 'failed' || (offline && chat?.history != null);

  if (!chat) {
    return (
      <>
        {phone && (
          <header className="pane-header">
            <IconButton
              icon="back"
              label={t('common.back')}
              className="flip-in-rtl"
              // What led here may be another screen of the chat that is gone.
              onClick={() => navigate('/', { replace: true })}
            />
          </header>
        )}
        {loaded && (
          <EmptyState
            picture="chats"
            title={t('conversation.gone')}
            text={t('conversation.goneText')}
          >
            <Link className="button button-primary button-link" to="/" replace>
              {t('requests.toChats')}
            </Link>
          </EmptyState>
        )}
      </>
    );
  }
  return (
    <div className="conversation">
      <ConversationHeader chat={chat} onBack={phone ? back : undefined} />
      {phone && <ConnectionStatus />}
      {asked ? (
        <GroupRequest chat={chat} />
      ) : (
        <AttachArea key={`files ${id}`} chat={chat}>
          {ready ? (
            <MessageList key={id} chat={chat} selection={selection} onSelection={setSelection} />
          ) : (
            <div className="messages">
              <Skeleton of="messages" />
            </div>
          )}
          {selection === null && <Writing key={`composer ${id}`} chat={chat} />}
        </AttachArea>
      )}
    </div>
  );
}

/** Whoever opens a chat that they had marked as unread has come back to it. */
function useSeen(chat: Chat | undefined): void {
  const dispatch = useAppDispatch();
  const selfId = useAppSelector(selectSelfId);
  const marked = useAppSelector((state) => chat && selectSettings(state, chat).marked_unread);
  const id = chat?.id;
  // Marked again while it is open, it stays so until it is opened anew.
  const opened = useRef<string>(undefined);
  useEffect(() => {
    if (id === undefined || opened.current === id) return;
    opened.current = id;
    if (marked) dispatch(chatChanged(selfId, id, { kind: 'markUnread', unread: false }));
  }, [dispatch, id, marked, selfId]);
}

/** The composer, or what must be answered before there is one. */
function Writing({ chat }: { chat: Chat }) {
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  const outbox = useAppSelector((state) => selectOutboxOf(state, chat.id));
  const peer = peerOf(chat, people, selfId);
  if (peer && chat.blocked) return <BlockedBar peer={peer} />;
  if (peer && chat.state === 'contacted') return <RequestBar chat={chat} peer={peer} />;
  const room = requestRoom(chat, outbox);
  return (
    <>
      {peer && chat.awaitsOther && <OwnRequestBar peer={peer} left={room} />}
      {!(chat.awaitsOther && room === 0) && (
        <Composer conversationId={chat.id} links={drawsLinks(chat)} />
      )}
    </>
  );
}

interface HeaderProps {
  chat: Chat;
  onBack: (() => void) | undefined;
}

function ConversationHeader({ chat, onBack }: HeaderProps) {
  const { t } = useTranslation();
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  const typing = useAppSelector((state) => selectTyping(state, chat.id));
  const online = useAppSelector((state) => state.activity.online[chat.id]);
  const handle = useAppSelector((state) => selectPeerHandle(state, chat.id));
  const face = faceOf(chat, people, selfId);
  const links: MenuLink[] = [
    { label: t('info.show'), icon: 'person', to: `/chats/${chat.id}/info` },
    { label: t('search.inChat'), icon: 'search', to: `/chats/${chat.id}/search` },
    ...(chat.kind === 'group'
      ? [
          {
            label: t('common.addPeople'),
            icon: 'personAdd' as const,
            to: `/chats/${chat.id}/add`,
          },
        ]
      : []),
  ];
  const word = useConnectionWord();
  const subtitle = word
    ? { text: t(word), live: false }
    : subtitleOf({ chat, people, selfId, typing, online });
  const names = (
    <>
      <Avatar {...face} size="header" />
      <span className="conversation-names">
        <h1 className="conversation-title">
          <Name name={face.name} handle={handle} />
          {chat.disappearS !== null && (
            <span
              className="conversation-lifetime"
              role="img"
              aria-label={t('disappearing.are', { time: lifetimeText(chat.disappearS) })}
            >
              <Icon name="clock" size={16} />
            </span>
          )}
        </h1>
        <span
          className={subtitle.live ? 'conversation-subtitle live' : 'conversation-subtitle'}
          data-testid="chat-subtitle"
        >
          <bdi>{subtitle.text}</bdi>
        </span>
      </span>
    </>
  );
  return (
    <header className="pane-header conversation-header">
      {onBack && (
        <IconButton icon="back" label={t('common.back')} className="flip-in-rtl" onClick={onBack} />
      )}
      {chat.state === 'requested' ? (
        <div className="conversation-info">{names}</div>
      ) : (
        <Link className="conversation-info" to={`/chats/${chat.id}/info`}>
          {names}
          <span className="visually-hidden">{t('common.chatInfo')}</span>
        </Link>
      )}
      {chat.state !== 'requested' && <Menu links={links} />}
    </header>
  );
}
