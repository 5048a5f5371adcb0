import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { PHONE, useMediaQuery } from '@/components/useMediaQuery';
import { rem } from '@/lib/rem';
import { RowList, rowRem, type RowsProps } from './RowList';
import { useArrowKeys } from './useArrowKeys';

/** The round button with the room around it. */
const BUTTON_REM = 5.5;

/** Rows of chats, of which those in sight are drawn. */
export function VirtualRows({ ids, activeId, topPx = 0, onLeave, ...rest }: RowsProps) {
  const phone = useMediaQuery(PHONE);
  const list = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: ids.length,
    getScrollElement: () => list.current,
    estimateSize: () => rem(rowRem(phone)),
    initialOffset: topPx,
    getItemKey: (index) => ids[index] ?? index,
    overscan: 8,
    // The round button must not cover the last row.
    paddingEnd: phone ? rem(BUTTON_REM) : 8,
  });

  useEffect(() => () => onLeave?.(rows.scrollOffset ?? 0), [onLeave, rows]);

  const lines = rows.getVirtualItems();

  const moveFocus = useArrowKeys(list, ids.length, (index) => rows.scrollToIndex(index));

  return (
    <div ref={list} className="pane-body" onKeyDown={moveFocus} role="presentation">
      <RowList
        {...rest}
        ids={ids}
        activeId={activeId}
        heightPx={rows.getTotalSize()}
        rows={lines.map(({ index, start, size }) => ({ index, topPx: start, heightPx: size }))}
      />
    </div>
  );
}
