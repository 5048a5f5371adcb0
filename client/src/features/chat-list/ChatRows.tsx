import { useVirtualizer } from '@tanstack/react-virtual';
import {
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useRef,
  useState,
  type KeyboardEvent,
} from 'react';
import { PHONE, useMediaQuery } from '@/components/useMediaQuery';
import { loadLaterTexts } from '@/i18n/i18n';
import { rem } from '@/lib/rem';
import type { Point } from '@/components/ui/ActionSheet';
import { ChatRow } from './ChatRow';

const ChatMenu = lazy(async () => {
  const [file] = await Promise.all([import('./ChatMenu'), loadLaterTexts()]);
  return { default: file.ChatMenu };
});

/** As `--row` in the style sheet. */
const ROW_REM = { phone: 4.5, desktop: 4 };
/** The round button with the room around it. */
const BUTTON_REM = 5.5;

interface Props {
  label: string;
  ids: string[];
  activeId: string | undefined;
  /** Where the list was left, and who wants to know where it is left now. */
  topPx?: number;
  onLeave?: (topPx: number) => void;
}

/** Rows of chats, of which those in sight are drawn, with a menu for each. */
export function ChatRows({ label, ids, activeId, topPx = 0, onLeave }: Props) {
  const phone = useMediaQuery(PHONE);
  const [menu, setMenu] = useState<{ id: string; at: Point | null } | null>(null);
  const openMenu = useCallback((id: string, at: Point | null) => setMenu({ id, at }), []);
  const closeMenu = useCallback(() => setMenu(null), []);
  const list = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: ids.length,
    getScrollElement: () => list.current,
    estimateSize: () => rem(phone ? ROW_REM.phone : ROW_REM.desktop),
    initialOffset: topPx,
    getItemKey: (index) => ids[index] ?? index,
    overscan: 8,
    // The round button must not cover the last row.
    paddingEnd: phone ? rem(BUTTON_REM) : 8,
  });

  useEffect(() => () => onLeave?.(rows.scrollOffset ?? 0), [onLeave, rows]);

  const lines = rows.getVirtualItems();
  // One row is a stop of the Tab key; from there the arrow keys move.
  const stop = lines.find((line) => ids[line.index] === activeId) ?? lines[0];

  const moveFocus = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const row = (event.target as Element).closest('[data-index]');
    if (step === 0 || !(row instanceof HTMLElement)) return;
    const next = Number(row.dataset.index) + step;
    if (next < 0 || next >= ids.length) return;
    event.preventDefault();
    rows.scrollToIndex(next);
    const target = list.current?.querySelector(`[data-index="${next}"] a`);
    if (target instanceof HTMLElement) target.focus();
  };

  return (
    <div ref={list} className="pane-body" onKeyDown={moveFocus} role="presentation">
      <div
        role="list"
        aria-label={label}
        className="virtual chat-rows"
        style={{ height: rows.getTotalSize() }}
      >
        {lines.map((item) => (
          <div
            key={item.key}
            role="listitem"
            aria-setsize={ids.length}
            aria-posinset={item.index + 1}
            className="virtual-row"
            data-index={item.index}
            style={{ transform: `translateY(${item.start}px)`, height: item.size }}
          >
            <ChatRow
              id={ids[item.index] ?? ''}
              active={ids[item.index] === activeId}
              tabStop={item === stop}
              onMenu={openMenu}
            />
          </div>
        ))}
      </div>
      {menu && (
        <Suspense fallback={null}>
          <ChatMenu key={menu.id} id={menu.id} at={menu.at} onClose={closeMenu} />
        </Suspense>
      )}
    </div>
  );
}
