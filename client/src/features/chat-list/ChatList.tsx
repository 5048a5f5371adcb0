import { useVirtualizer } from '@tanstack/react-virtual';
import { useDeferredValue, useEffect, useMemo, useRef, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { navigate } from '@/components/navigation';
import { ConnectionStatus, ConnectionWord } from '@/components/ConnectionStatus';
import { EmptyState } from '@/components/ui/EmptyState';
import { IconButton } from '@/components/ui/IconButton';
import { SearchField } from '@/components/ui/SearchField';
import { Skeleton } from '@/components/ui/Skeleton';
import { PHONE, useMediaQuery } from '@/components/useMediaQuery';
import { selectSelfId } from '@/model/session';
import { listFiltered, listLeft, listSearched } from '@/model/views';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { selectChatOrder, selectPeople } from '@/store/selectors';
import { ChatRow } from './ChatRow';
import { rem } from '@/lib/rem';
import { FILTERS, matchingChats } from './filter';
import './chat-list.css';

/** As `--row` in the style sheet. */
const ROW_REM = { phone: 4.5, desktop: 4 };
/** The round button with the room around it. */
const BUTTON_REM = 5.5;

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

  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rem(phone ? ROW_REM.phone : ROW_REM.desktop),
    initialOffset: topPx,
    getItemKey: (index) => shown[index] ?? index,
    overscan: 8,
    // The round button must not cover the last row.
    paddingEnd: phone ? rem(BUTTON_REM) : 8,
  });

  useEffect(
    () => () => {
      dispatch((tell, getState) => {
        if (getState().session.user) tell(listLeft({ topPx: rows.scrollOffset ?? 0 }));
      });
    },
    [dispatch, rows],
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

  const lines = rows.getVirtualItems();
  // One row is a stop of the Tab key; from there the arrow keys move.
  const stop = lines.find((line) => shown[line.index] === activeId) ?? lines[0];

  const moveFocus = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const row = (event.target as Element).closest('[data-index]');
    if (step === 0 || !(row instanceof HTMLElement)) return;
    const next = Number(row.dataset.index) + step;
    if (next < 0 || next >= shown.length) return;
    event.preventDefault();
    rows.scrollToIndex(next);
    const target = scroller.current?.querySelector(`[data-index="${next}"] a`);
    if (target instanceof HTMLElement) target.focus();
  };

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
      <div ref={scroller} className="pane-body" onKeyDown={moveFocus} role="presentation">
        {shown.length > 0 && (
          <div
            role="list"
            aria-label={t('common.chats')}
            className="virtual chat-rows"
            style={{ height: rows.getTotalSize() }}
          >
            {lines.map((item) => (
              <div
                key={item.key}
                role="listitem"
                aria-setsize={shown.length}
                aria-posinset={item.index + 1}
                className="virtual-row"
                data-index={item.index}
                style={{ transform: `translateY(${item.start}px)`, height: item.size }}
              >
                <ChatRow
                  id={shown[item.index] ?? ''}
                  active={shown[item.index] === activeId}
                  tabStop={item === stop}
                />
              </div>
            ))}
          </div>
        )}
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
      {phone && (
        <IconButton icon="plus" label={t('common.newChat')} className="fab" onClick={startChat} />
      )}
    </>
  );
}
