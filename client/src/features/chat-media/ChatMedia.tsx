import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { mediaApi, type MediaTab } from '@/api/media';
import type { Message } from '@/api/types';
import { navigate } from '@/components/navigation';
import { PaneHeader } from '@/components/PaneHeader';
import { useOpenChat } from '@/components/useOpenChat';
import { LoadFailure } from '@/components/ui/LoadFailure';
import { EmptyState } from '@/components/ui/EmptyState';
import { ShowMore } from '@/components/ui/ShowMore';
import { Skeleton } from '@/components/ui/Skeleton';
import { monthLabel } from '@/lib/time';
import { jumpWanted } from '@/model/views';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { lateMiddleware } from '@/store/lateMiddleware';
import { selectOperationsOf } from '@/store/selectors';
import { Documents } from './Documents';
import { mediaFollower } from './follower';
import { Grid } from './Grid';
import './chat-media.css';

lateMiddleware.addMiddleware(mediaFollower);

const TABS = ['media', 'docs'] as const satisfies MediaTab[];

/** What was sent in a chat: pictures and videos, or documents, the newest first. */
export function ChatMedia({ id }: { id: string }) {
  const { t } = useTranslation();
  const [tab, setTab] = useState<MediaTab>('media');
  const buttons = useRef<HTMLDivElement>(null);
  useOpenChat(id);
  const step = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    const next = TABS[(TABS.indexOf(tab) + 1) % TABS.length] ?? 'media';
    setTab(next);
    buttons.current?.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
  };
  return (
    <>
      <PaneHeader title={t('allMedia.title')} backTo={`/chats/${id}/info`} />
      <div ref={buttons} className="media-tabs" role="tablist" aria-label={t('allMedia.title')}>
        {TABS.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`tab-${one}`}
            data-tab={one}
            aria-selected={one === tab}
            aria-controls="media-panel"
            tabIndex={one === tab ? 0 : -1}
            onClick={() => setTab(one)}
            onKeyDown={step}
          >
            {t(`allMedia.${one}`)}
          </button>
        ))}
      </div>
      <div
        className="pane-body"
        role="tabpanel"
        id="media-panel"
        aria-labelledby={`tab-${tab}`}
        data-testid="chat-media"
      >
        <Panel key={`${id} ${tab}`} id={id} tab={tab} />
      </div>
    </>
  );
}

/** The messages by the month in which they were sent, both in the order that they have. */
function byMonth(messages: Message[]): [string, Message[]][] {
  const months = new Map<string, Message[]>();
  for (const message of messages) {
    const month = monthLabel(message.created_at);
    months.set(month, [...(months.get(month) ?? []), message]);
  }
  return [...months];
}

function Panel({ id, tab }: { id: string; tab: MediaTab }) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const { data, error, isFetching, hasNextPage, fetchNextPage, refetch } =
    mediaApi.useMediaInfiniteQuery(
      { conversationId: id, tab },
      { refetchOnMountOrArgChange: true },
    );
  const operations = useAppSelector((state) => selectOperationsOf(state, id));
  const online = useAppSelector((state) => state.connection.status === 'online');
  // What failed without a network is asked for again when that is back, once.
  const before = useRef(online);
  useEffect(() => {
    if (online && !before.current && error) void refetch();
    before.current = online;
  }, [online, error, refetch]);
  const messages = (data?.pages ?? [])
    .flatMap((page) => page.messages)
    .filter((message) => {
      const content = operations[message.id]?.content;
      // Deleted here, which the server does not know yet.
      const gone = content?.change.kind === 'hide' || content?.change.kind === 'delete';
      return message.attachment !== null && !(gone && content.state === 'queued');
    });
  const show = (messageId: string) => {
    dispatch(jumpWanted({ conversationId: id, messageId }));
    navigate(`/chats/${id}`);
  };
  const more = useNear(() => {
    if (hasNextPage && !isFetching && !error) void fetchNextPage();
  });
  const months = byMonth(messages);
  return (
    <>
      <LoadFailure error={error} isFetching={isFetching} onRetry={() => void refetch()} />
      {!data && !error && <Skeleton of="rows" />}
      {tab === 'media' ? (
        <Grid months={months} onShow={show} />
      ) : (
        <Documents months={months} onShow={show} />
      )}
      <div ref={more}>
        {hasNextPage && <ShowMore isLoading={isFetching} onMore={() => void fetchNextPage()} />}
      </div>
      {data && messages.length === 0 && !hasNextPage && (
        <EmptyState
          picture="inbox"
          title={t(tab === 'media' ? 'allMedia.noMedia' : 'allMedia.noDocs')}
          text={t('allMedia.noneText')}
        >
          <Link className="button button-primary button-link" to={`/chats/${id}`}>
            {t('allMedia.toChat')}
          </Link>
        </EmptyState>
      )}
    </>
  );
}

/** How far below the screen its end may be when more is asked for. */
const AHEAD = '400px';

/** Calls when an element comes near the screen. */
function useNear(onNear: () => void) {
  const element = useRef<HTMLDivElement>(null);
  const call = useRef(onNear);
  useEffect(() => {
    call.current = onNear;
  });
  useEffect(() => {
    const watched = element.current;
    if (!watched) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) call.current();
      },
      { rootMargin: AHEAD },
    );
    observer.observe(watched);
    return () => observer.disconnect();
  }, []);
  return element;
}
