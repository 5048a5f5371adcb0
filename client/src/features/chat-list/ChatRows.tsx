import {
  lazy,
  Suspense,
  useCallback,
  useRef,
  useState,
  type ComponentType,
  type ReactNode,
} from 'react';
import type { Point } from '@/components/ui/ActionSheet';
import { PHONE, useMediaQuery } from '@/components/useMediaQuery';
import { loadLaterTexts } from '@/i18n/i18n';
import { rem } from '@/lib/rem';
import { RowList, rowRem, type RowsProps, type VirtualProps } from './RowList';
import { useArrowKeys } from './useArrowKeys';

const ChatMenu = lazy(async () => {
  const [file] = await Promise.all([import('./ChatMenu'), loadLaterTexts()]);
  return { default: file.ChatMenu };
});

/** The library that draws what is in sight comes after the first rows have been seen. */
const VirtualRows = lazy(async (): Promise<{ default: ComponentType<VirtualProps> }> => {
  const file = await import('./VirtualRows').catch(() => null);
  return { default: file?.VirtualRows ?? AllRows };
});

/** More than fit on a screen. */
const FIRST = 24;
/** Chats before what else was found: whoever has more goes on typing. */
const SEARCHED = 100;

/** The beginning of a list, and what follows it. */
function FirstRows({
  label,
  ids,
  activeId,
  onMenu,
  most = FIRST,
  onScrolled,
  children,
}: FirstProps) {
  const list = useRef<HTMLDivElement>(null);
  const rowPx = rem(rowRem(useMediaQuery(PHONE)));
  const rows = ids.slice(0, most).map((_, index) => ({
    index,
    topPx: index * rowPx,
    heightPx: rowPx,
  }));
  const moveFocus = useArrowKeys(list, rows.length);
  return (
    <div
      ref={list}
      className="pane-body"
      onKeyDown={moveFocus}
      onScroll={({ currentTarget }) => onScrolled?.(currentTarget.scrollTop)}
      role="presentation"
    >
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

interface FirstProps extends RowsProps, Follows {
  /** Rows that are drawn. */
  most?: number;
  onScrolled?: (topPx: number) => void;
}

interface Follows {
  /** What else was found: of the rows only the first are shown before it. */
  children?: ReactNode;
}

/** What there is without the library: slower, and complete. */
function AllRows(props: VirtualProps) {
  return <FirstRows {...props} most={Infinity} />;
}

/** Rows of chats with a menu for each. */
export function ChatRows({ children, ...props }: Omit<RowsProps, 'onMenu'> & Follows) {
  const [menu, setMenu] = useState<{ id: string; at: Point | null } | null>(null);
  const openMenu = useCallback((id: string, at: Point | null) => setMenu({ id, at }), []);
  const closeMenu = useCallback(() => setMenu(null), []);
  // Whoever scrolls before the library is there stays where they are.
  const top = useRef(props.topPx ?? 0);
  const onScrolled = useCallback((px: number) => {
    top.current = px;
  }, []);
  const { onLeave } = props;
  const leave = useCallback(
    (px: number) => {
      top.current = px;
      onLeave?.(px);
    },
    [onLeave],
  );
  return (
    <>
      {children ? (
        <FirstRows {...props} onMenu={openMenu} most={SEARCHED}>
          {children}
        </FirstRows>
      ) : (
        <Suspense fallback={<FirstRows {...props} onMenu={openMenu} onScrolled={onScrolled} />}>
          <VirtualRows {...props} onMenu={openMenu} onLeave={leave} top={top} />
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
