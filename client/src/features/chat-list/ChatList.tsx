import { lazy, Suspense, useCallback, useDeferredValue, useMemo, type ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import type { Wanted } from '@/api/search';
import { navigate } from '@/components/navigation';
import { ConnectionStatus, ConnectionWord } from '@/components/ConnectionStatus';
import { EmptyState } from '@/components/ui/EmptyState';
import { IconButton } from '@/components/ui/IconButton';
import { SearchField } from '@/components/ui/SearchField';
import { Skeleton } from '@/components/ui/Skeleton';
import { PHONE, useMediaQuery } from '@/components/useMediaQuery';
import { loadLaterTexts } from '@/i18n/i18n';
import { selectSelfId } from '@/model/session';
import { listFiltered, listLeft, listSearched } from '@/model/views';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { selectChatOrder, selectPeople } from '@/store/selectors';
import { ArchivedLine } from './ArchivedLine';
import { ChatRows } from './ChatRows';
import { FILTERS, matchingChats } from './filter';
import { RefusedChanges } from './RefusedChanges';
import './chat-list.css';

/** Without a network the chats that were found are better than none. */
const FoundMessages = lazy(async (): Promise<{ default: ComponentType<{ wanted: Wanted }> }> => {
  const [file] = await Promise.all([
    import('@/features/search/FoundMessages').catch(() => null),
    loadLaterTexts(),
  ]);
  return { default: file?.FoundMessages ?? (() => null) };
});

export function ChatList({ activeId }: { activeId: string | undefined }) {
  const { t } = useTranslation();
  const phone = useMediaQuery(PHONE);
  const startChat = () => navigate('/new');
  const dispatch = useAppDispatch();
  // A phone shows one screen at a time: what this one was at outlives it.
  const { search, filter, topPx } = useAppSelector((state) => state.views.list);
  const wanted = useDeferredValue(search);
  const order = useAppSelector(selectChatOrder);
  const chats = useAppSelector((state) => state.chats.entities);
  const loaded = useAppSelector((state) => state.chats.loaded);
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  const shown = useMemo(
    () => matchingChats({ order, chats, people, selfId, filter, search: wanted, activeId }),
    [order, chats, people, selfId, filter, wanted, activeId],
  );

  const onLeave = useCallback(
    (at: number) => {
      dispatch((tell, getState) => {
        if (getState().session.user) tell(listLeft({ topPx: at }));
      });
    },
    [dispatch],
  );

  const showAll = () => {
    dispatch(listSearched(''));
    dispatch(listFiltered('all'));
  };
  const nothing =
    filter === 'groups' && search === ''
      ? ({
          picture: 'people',
          title: t('chats.noGroups'),
          text: t('chats.noGroupsText'),
          action: t('common.newGroup'),
          act: () => navigate('/new/group'),
        } as const)
      : ({
          picture: search === '' ? 'chats' : 'search',
          title: t(search === '' ? 'chats.noneUnread' : 'chats.noneFound'),
          text: t(search === '' ? 'chats.noneUnreadText' : 'chats.noneFoundText'),
          action: t('chats.showAll'),
          act: showAll,
        } as const);

  return (
    <>
      <header className="pane-header">
        <h1 className="screen-title">{t('common.chats')}</h1>
        <ConnectionWord />
        {!phone && <IconButton icon="plus" label={t('common.newChat')} onClick={startChat} />}
      </header>
      <ConnectionStatus />
      <SearchField
        label={t('chats.search')}
        value={search}
        onChange={(text) => dispatch(listSearched(text))}
      />
      <div className="filters" role="group" aria-label={t('chats.show')}>
        {FILTERS.map((id) => (
          <button
            key={id}
            type="button"
            className="chip"
            aria-pressed={filter === id}
            onClick={() => dispatch(listFiltered(id))}
          >
            <span>{t(`chats.${id}`)}</span>
          </button>
        ))}
      </div>
      <RefusedChanges />
      {filter === 'all' && search === '' && <ArchivedLine />}
      {wanted.trim() !== '' && filter === 'all' ? (
        <ChatRows label={t('common.chats')} ids={shown} activeId={activeId}>
          {shown.length === 0 && (
            <p className="list-note" role="status">
              {t('chats.noneFound')}
            </p>
          )}
          <Suspense fallback={null}>
            <FoundMessages wanted={{ q: search }} />
          </Suspense>
        </ChatRows>
      ) : shown.length > 0 ? (
        <ChatRows
          label={t('common.chats')}
          ids={shown}
          activeId={activeId}
          topPx={topPx}
          onLeave={onLeave}
        />
      ) : (
        <div className="pane-body">
          {!loaded && order.length === 0 && <Skeleton of="rows" />}
          {loaded && order.length === 0 && (
            <EmptyState picture="chats" title={t('chats.none')} text={t('chats.noneText')}>
              <button type="button" className="button button-primary" onClick={startChat}>
                {t('chats.start')}
              </button>
            </EmptyState>
          )}
          {order.length > 0 && shown.length === 0 && (
            <EmptyState {...nothing}>
              <button type="button" className="button button-primary" onClick={nothing.act}>
                {nothing.action}
              </button>
            </EmptyState>
          )}
        </div>
      )}
      {phone && (
        <IconButton icon="plus" label={t('common.newChat')} className="fab" onClick={startChat} />
      )}
    </>
  );
}
