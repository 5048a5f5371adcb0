import type { Point } from '@/components/ui/ActionSheet';
import { ChatRow } from './ChatRow';

export interface RowsProps {
  label: string;
  ids: string[];
  activeId: string | undefined;
  onMenu: (id: string, at: Point | null) => void;
  /** Where the list was left, and who wants to know where it is left now. */
  topPx?: number;
  onLeave?: (topPx: number) => void;
}

interface Props extends Pick<RowsProps, 'label' | 'ids' | 'activeId' | 'onMenu'> {
  heightPx: number;
  /** Those that are drawn, by their places in `ids`. */
  rows: { index: number; topPx: number; heightPx: number }[];
}

/** As `--row` in the style sheet. */
export const rowRem = (phone: boolean) => (phone ? 4.5 : 4);

/** Some rows of a list of chats, each in its place. */
export function RowList({ label, ids, activeId, onMenu, heightPx, rows }: Props) {
  // One row is a stop of the Tab key; from there the arrow keys move.
  const stop = rows.find(({ index }) => ids[index] === activeId) ?? rows[0];
  return (
    <div role="list" aria-label={label} className="virtual chat-rows" style={{ height: heightPx }}>
      {rows.map((row) => (
        <div
          key={ids[row.index] ?? row.index}
          role="listitem"
          aria-setsize={ids.length}
          aria-posinset={row.index + 1}
          className="virtual-row"
          data-index={row.index}
          style={{ transform: `translateY(${row.topPx}px)`, height: row.heightPx }}
        >
          <ChatRow
            id={ids[row.index] ?? ''}
            active={ids[row.index] === activeId}
            tabStop={row === stop}
            onMenu={onMenu}
          />
        </div>
      ))}
    </div>
  );
}
