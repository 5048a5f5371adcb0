import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useStarredInfiniteQuery } from '@/api/messageDetails';
import type { Message } from '@/api/types';
import { navigate } from '@/components/navigation';
import { PaneHeader } from '@/components/PaneHeader';
import { LoadFailure } from '@/components/ui/LoadFailure';
import { Avatar } from '@/components/ui/Avatar';
import { EmptyState } from '@/components/ui/EmptyState';
import { IconButton } from '@/components/ui/IconButton';
import { ShowMore } from '@/components/ui/ShowMore';
import { Skeleton } from '@/components/ui/Skeleton';
import { deletedText } from '@/lib/deletedText';
import { spokenText } from '@/lib/messageText';
import { nameOf } from '@/lib/names';
import { rowTime } from '@/lib/time';
import { operationQueued } from '@/model/operations';
import { selectSelfId } from '@/model/session';
import { jumpWanted } from '@/model/views';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { selectChat, selectOperations, selectPeople, titleOf } from '@/store/selectors';
import './starred.css';

/** The messages that the user has starred, the last one first; each leads to its place. */
export function Starred({ phone }: { phone: boolean }) {
  const { t } = useTranslation();
  const { data, error, isFetching, hasNextPage, fetchNextPage, refetch } = useStarredInfiniteQuery(
    undefined,
    { refetchOnMountOrArgChange: true },
  );
  const operations = useAppSelector(selectOperations);
  /** Taken away here: the server's list may still have them. */
  const [unstarred, setUnstarred] = useState<ReadonlySet<string>>(new Set());
  const refused = new Set(
    operations.flatMap(({ messageId, state }) => (state === 'failed' ? [messageId] : [])),
  );
  const messages = (data?.pages ?? [])
    .flatMap((page) => page.starred)
    .map(({ message }) => message)
    .filter(({ id }) => !unstarred.has(id) || refused.has(id));
  return (
    <>
      {phone ? (
        <PaneHeader title={t('starred.title')} backTo="/settings" />
      ) : (
        <PaneHeader title={t('starred.title')} top />
      )}
      <div className="pane-body" aria-busy={isFetching}>
        <LoadFailure error={error} isFetching={isFetching} onRetry={() => void refetch()} />
        {!data && !error && <Skeleton of="rows" />}
        <ul aria-label={t('starred.title')}>
          {messages.map((message) => (
            <StarredRow
              key={message.id}
              message={message}
              onUnstar={() => setUnstarred(new Set([...unstarred, message.id]))}
            />
          ))}
        </ul>
        {hasNextPage && <ShowMore isLoading={isFetching} onMore={() => void fetchNextPage()} />}
        {data && messages.length === 0 && !hasNextPage && (
          <EmptyState picture="chats" title={t('starred.none')} text={t('starred.noneText')}>
            <Link className="button button-primary button-link" to="/">
              {t('requests.toChats')}
            </Link>
          </EmptyState>
        )}
      </div>
    </>
  );
}

interface RowProps {
  message: Message;
  onUnstar: () => void;
}

function StarredRow({ message, onUnstar }: RowProps) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  const chat = useAppSelector((state) => selectChat(state, message.conversation_id));
  const { id: messageId, conversation_id: conversationId, sender_id: senderId } = message;
  const own = senderId === selfId;
  const sender = own ? t('common.you') : nameOf(people[senderId]);
  const words = message.deleted ? deletedText(own) : spokenText(message, people);
  return (
    <li className="starred-row" data-testid="starred">
      <button
        type="button"
        className="person-row"
        onClick={() => {
          dispatch(jumpWanted({ conversationId, messageId }));
          navigate(`/chats/${conversationId}`);
        }}
      >
        <Avatar
          id={senderId}
          name={nameOf(people[senderId])}
          picture={people[senderId]?.picture_id}
          size="header"
        />
        <span className="person-names">
          <span className="starred-from">
            <span className="person-name">
              <bdi>{sender}</bdi>
              {chat?.kind === 'group' && (
                <>
                  {' · '}
                  <bdi>{titleOf(chat, people, selfId)}</bdi>
                </>
              )}
            </span>
            <time className="starred-time" dateTime={message.created_at}>
              {rowTime(message.created_at)}
            </time>
          </span>
          <span className="starred-text" dir="auto">
            {words}
          </span>
        </span>
      </button>
      <IconButton
        icon="star"
        label={t('message.unstar')}
        onClick={() => {
          const wanted = { kind: 'star', starred: false } as const;
          dispatch(operationQueued(selfId, { conversationId, messageId }, wanted));
          onUnstar();
        }}
      />
    </li>
  );
}
