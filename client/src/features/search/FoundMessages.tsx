import { useTranslation } from 'react-i18next';
import { useFoundMessagesInfiniteQuery, type Wanted } from '@/api/search';
import type { Message } from '@/api/types';
import { navigate } from '@/components/navigation';
import { LoadFailure } from '@/components/ui/LoadFailure';
import { Avatar } from '@/components/ui/Avatar';
import { ShowMore } from '@/components/ui/ShowMore';
import { Skeleton } from '@/components/ui/Skeleton';
import { useSettled } from '@/components/useSettled';
import { piecesOf, wordsOf } from '@/lib/found';
import { spokenText } from '@/lib/messageText';
import { nameOf } from '@/lib/names';
import { rowTime } from '@/lib/time';
import { selectSelfId } from '@/model/session';
import { jumpWanted } from '@/model/views';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { lateMiddleware } from '@/store/lateMiddleware';
import { faceOf, selectChat, selectPeople } from '@/store/selectors';
import { foundFollower } from './follower';
import './search.css';

lateMiddleware.addMiddleware(foundFollower);

/** A pause in typing after which the server is asked. */
const PAUSE_MS = 300;

/** As the server has it. */
const QUERY_MAX_CHARS = 200;

interface Props {
  wanted: Wanted;
}

/** Messages that have the words of a search, the newest first; each leads to its place. */
export function FoundMessages({ wanted: { q, ...rest } }: Props) {
  const { t } = useTranslation();
  const typed = q.trim().slice(0, QUERY_MAX_CHARS);
  const asked = useSettled(typed, PAUSE_MS, '');
  const none = wordsOf(asked).length === 0;
  const { currentData, error, isFetching, hasNextPage, fetchNextPage, refetch } =
    useFoundMessagesInfiniteQuery({ ...rest, q: asked }, { skip: none });
  if (wordsOf(typed).length === 0) return null;
  const messages = (currentData?.pages ?? []).flatMap((page) => page.messages);
  const waits = asked !== typed || (isFetching && !currentData);
  const isOver = currentData !== undefined && !waits && !hasNextPage;
  return (
    <section className="found" aria-label={t('search.messages')} aria-busy={waits || isFetching}>
      <h2 className="found-title">{t('search.messages')}</h2>
      {!waits && (
        <LoadFailure error={error} isFetching={isFetching} onRetry={() => void refetch()} />
      )}
      {waits && <Skeleton of="rows" />}
      {!waits && (
        <ul aria-label={t('search.messages')}>
          {messages.map((message) => (
            <FoundRow
              key={message.id}
              message={message}
              search={asked}
              inChat={rest.conversationId !== undefined}
            />
          ))}
        </ul>
      )}
      {!waits && hasNextPage && (
        <ShowMore isLoading={isFetching} onMore={() => void fetchNextPage()} />
      )}
      <p className="found-none" role="status">
        {isOver && messages.length === 0 && t('search.none')}
      </p>
    </section>
  );
}

interface RowProps {
  message: Message;
  search: string;
  /** All are of one chat, so the rows say who wrote them. */
  inChat: boolean;
}

function FoundRow({ message, search, inChat }: RowProps) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  const chat = useAppSelector((state) => selectChat(state, message.conversation_id));
  const { id: messageId, conversation_id: conversationId, sender_id: senderId } = message;
  const sender = people[senderId];
  const writer = senderId === selfId ? t('common.you') : nameOf(sender);
  const writerFace = { id: senderId, name: nameOf(sender), picture: sender?.picture_id };
  const face = inChat || !chat ? writerFace : faceOf(chat, people, selfId);
  const text = spokenText(message, people);
  const words = [message.attachment?.name ?? '', text].filter((part) => part !== '').join(' · ');
  const named = !inChat && (chat?.kind === 'group' || senderId === selfId);
  return (
    <li>
      <button
        type="button"
        className="person-row"
        data-testid="found"
        onClick={() => {
          dispatch(jumpWanted({ conversationId, messageId }));
          navigate(`/chats/${conversationId}`);
        }}
      >
        <Avatar {...face} size="header" />
        <span className="person-names">
          <span className="found-from">
            <span className="person-name">
              <bdi>{inChat ? writer : face.name}</bdi>
            </span>
            <time className="found-time" dateTime={message.created_at}>
              {rowTime(message.created_at)}
            </time>
          </span>
          <span className="found-text" dir="auto">
            {named && (
              <>
                <bdi>{writer}</bdi>:{' '}
              </>
            )}
            <bdi>
              {piecesOf(words, search).map((piece, index) =>
                piece.found ? <mark key={index}>{piece.text}</mark> : piece.text,
              )}
            </bdi>
          </span>
        </span>
      </button>
    </li>
  );
}
