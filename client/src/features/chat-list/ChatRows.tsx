import { lazy, Suspense, useCallback, useState, type ComponentType, type ReactNode } from 'react';
import type { Point } from '@/components/ui/ActionSheet';
import { PHONE, useMediaQuery } from '@/components/useMediaQuery';
import { loadLaterTexts } from '@/i18n/i18n';
import { rem } from '@/lib/rem';
import { RowList, rowRem, type RowsProps } from './RowList';

const ChatMenu = lazy(async () => {
  const [file] = await Promise.all([import('./ChatMenu'), loadLaterTexts()]);
  return { default: file.ChatMenu };
});

/** The library that draws what is in sight comes after the first rows have been seen. */
const VirtualRows = lazy(async (): Promise<{ default: ComponentType<RowsProps> }> => {
  const file = await import('./VirtualRows').catch(() => null);
  return { default: file?.VirtualRows ?? FirstRows };
});

/** More than fit on a screen. */
const FIRST = 24;

/** The beginning of a list, and what follows it. */
function FirstRows({ label, ids, activeId, onMenu, children }: RowsProps & Follows) {
  const rowPx = rem(rowRem(useMediaQuery(PHONE)));
  const rows = ids.slice(0, FIRST).map((_, index) => ({
    index,
    topPx: index * rowPx,
    heightPx: rowPx,
  }));
  return (
    <div className="pane-body">
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
        <Suspense fallback={<FirstRows {...props} onMenu={openMenu} />}>
          <VirtualRows {...props} onMenu={openMenu} />
        </Suspense>
      )}
      {menu && (
        <Suspense fallback={null}>
          <ChatMenu key={menu.id} id={menu.id} at={menu.at} onClose={closeMenu} />
        </Suspense>
      )}
    </>
  );
}
