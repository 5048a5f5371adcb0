import { useEffect } from 'react';
import { Link, useNavigate } from 'react-router';
import { Avatar } from '@/components/ui/Avatar';
import { EmptyState } from '@/components/ui/EmptyState';
import { IconButton } from '@/components/ui/IconButton';
import { Name } from '@/components/ui/Name';
import { ConnectionStatus } from '@/components/ConnectionStatus';
import { useBack } from '@/components/useBack';
import type { Chat } from '@/model/chats/types';
import { selectSelfId } from '@/model/session';
import { chatOpened, historyWanted } from '@/realtime/actions';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import {
  faceOf,
  selectChat,
  selectPeerHandle,
  selectPeople,
  selectTyping,
} from '@/store/selectors';
import { Composer } from './Composer';
import { MessageList } from './MessageList';
import { missingFor } from './opening';
import { subtitleOf } from './subtitle';
import './conversation.css';

interface Props {
  id: string;
  /** One pane at a time: the chat has its own way back, and its own line about the connection. */
  phone: boolean;
}

export function Conversation({ id, phone }: Props) {
  const dispatch = useAppDispatch();
  const chat = useAppSelector((state) => selectChat(state, id));
  const loaded = useAppSelector((state) => state.chats.loaded);
  const back = useBack('/');
  const known = chat !== undefined;
  const navigate = useNavigate();
  const missing = chat ? missingFor(chat) : null;
  const oldest = chat?.history?.messages[0]?.seq;
  const load = useAppSelector((state) => state.chats.loads[id]);
  const status = useAppSelector((state) => state.connection.status);

  useEffect(() => {
    if (known) dispatch(chatOpened(id));
  }, [dispatch, id, known]);
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
              label="Back"
              className="flip-in-rtl"
              // What led here may be another screen of the chat that is gone.
              onClick={() => void navigate('/', { replace: true })}
            />
          </header>
        )}
        {loaded && (
          <EmptyState icon="chat" title="This chat is not available">
            <p>You left it, were removed from it, or the link is wrong.</p>
          </EmptyState>
        )}
      </>
    );
  }
  return (
    <div className="conversation">
      <ConversationHeader chat={chat} onBack={phone ? back : undefined} />
      {phone && <ConnectionStatus />}
      {ready ? (
        <MessageList key={id} chat={chat} />
      ) : (
        <div className="messages" role="status" aria-label="Loading" />
      )}
      <Composer key={`composer ${id}`} conversationId={id} />
    </div>
  );
}

interface HeaderProps {
  chat: Chat;
  onBack: (() => void) | undefined;
}

function ConversationHeader({ chat, onBack }: HeaderProps) {
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  const typing = useAppSelector((state) => selectTyping(state, chat.id));
  const online = useAppSelector((state) => state.activity.online[chat.id]);
  const handle = useAppSelector((state) => selectPeerHandle(state, chat.id));
  const face = faceOf(chat, people, selfId);
  const subtitle = subtitleOf({ chat, people, selfId, typing, online });
  return (
    <header className="pane-header conversation-header">
      {onBack && <IconButton icon="back" label="Back" className="flip-in-rtl" onClick={onBack} />}
      <Link className="conversation-info" to={`/chats/${chat.id}/info`}>
        <Avatar {...face} size="small" />
        <span className="conversation-names">
          <h1 className="conversation-title">
            <Name name={face.name} handle={handle} />
          </h1>
          <span
            className={subtitle.live ? 'conversation-subtitle live' : 'conversation-subtitle'}
            data-testid="chat-subtitle"
          >
            {subtitle.text}
          </span>
        </span>
        <span className="visually-hidden">Chat info</span>
      </Link>
    </header>
  );
}
