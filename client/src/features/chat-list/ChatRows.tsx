import { useCallback, useRef, useState, type ReactNode } from 'react';
import type { Point } from '@/components/ui/ActionSheet';
import { later } from '@/components/later';
import { PHONE, useMediaQuery } from '@/components/useMediaQuery';
import { loadLaterTexts } from '@/i18n/i18n';
import { rem } from '@/lib/rem';
import { RowList, rowRem, type RowsProps } from './RowList';
import { useArrowKeys } from './useArrowKeys';
import { VirtualRows } from './VirtualRows';

const ChatMenu = later(async () => {
  const [file] = await Promise.all([import('./ChatMenu'), loadLaterTexts()]);
  return file.ChatMenu;
});

/** Chats before what else was found: whoever has more goes on typing. */
const SEARCHED = 100;

/** The beginning of a list, and what follows it. */
function FirstRows({ label, ids, activeId, onMenu, children }: RowsProps & Follows) {
  const list = useRef<HTMLDivElement>(null);
  const rowPx = rem(rowRem(useMediaQuery(PHONE)));
  const rows = ids.slice(0, SEARCHED).map((_, index) => ({
    index,
    topPx: index * rowPx,
    heightPx: rowPx,
  }));
  const moveFocus = useArrowKeys(list, rows.length);
  return (
    <div ref={list} className="pane-body" onKeyDown={moveFocus} role="presentation">
      {rows.length > 0 && (
        <RowList
          label={label}
          ids={ids}
          activeId={activeId}
          onMenu={onMenu}
          heightPx={rows.length * rowPx}
          rows={rows}
        />
      )}
      {children}
    </div>
  );
}

interface Follows {
  /** What else was found: of the rows only the first are shown before it. */
  children?: ReactNode;
}

/** Rows of chats with a menu for each. */
export function ChatRows({ children, ...props }: Omit<RowsProps, 'onMenu'> & Follows) {
  const [menu, setMenu] = useState<{ id: string; at: Point | null } | null>(null);
  const openMenu = useCallback((id: string, at: Point | null) => setMenu({ id, at }), []);
  const closeMenu = useCallback(() => setMenu(null), []);
  return (
    <>
      {children ? (
        <FirstRows {...props} onMenu={openMenu}>
          {children}
        </FirstRows>
      ) : (
        <VirtualRows {...props} onMenu={openMenu} />
      )}
      {menu && <ChatMenu key={menu.id} id={menu.id} at={menu.at} onClose={closeMenu} />}
    </>
  );
}
