import { useEffect } from 'react';
import { Link } from 'react-router';
import { Avatar } from '@/components/ui/Avatar';
import { EmptyState } from '@/components/ui/EmptyState';
import { IconButton } from '@/components/ui/IconButton';
import { ConnectionStatus } from '@/components/ConnectionStatus';
import { useBack } from '@/components/useBack';
import type { Chat } from '@/model/chats/types';
import { selectSelfId } from '@/model/session';
import { chatOpened, historyWanted } from '@/realtime/actions';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { faceOf, selectChat, selectPeople, selectTyping } from '@/store/selectors';
import { Composer } from './Composer';
import { MessageList } from './MessageList';
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
  const opened = chat?.history !== null;
  const wanting = known && (chat.history?.stale ?? true);
  const failed = useAppSelector((state) => state.chats.loads[id] === 'failed');
  const status = useAppSelector((state) => state.connection.status);

  useEffect(() => {
    if (known) dispatch(chatOpened(id));
  }, [dispatch, id, known]);
  useEffect(() => {
    // Asked again when the connection comes back: a chat opened offline fills itself.
    if (wanting) dispatch(historyWanted({ conversationId: id, kind: 'latest' }));
  }, [dispatch, id, wanting, status]);

  if (!chat) {
    return (
      <>
        {phone && (
          <header className="pane-header">
            <IconButton icon="back" label="Back" className="flip-in-rtl" onClick={back} />
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
      {opened || failed ? (
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
  const face = faceOf(chat, people, selfId);
  const subtitle = subtitleOf({ chat, people, selfId, typing, online });
  return (
    <header className="pane-header conversation-header">
      {onBack && <IconButton icon="back" label="Back" className="flip-in-rtl" onClick={onBack} />}
      <Link className="conversation-info" to={`/chats/${chat.id}/info`}>
        <Avatar {...face} size="small" />
        <span className="conversation-names">
          <h1 className="conversation-title">{face.name}</h1>
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
