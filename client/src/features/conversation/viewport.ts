/** What of a timeline is on the screen, and where the screen should be. */
import { isDividerKey, type TimelineItem } from './timeline';

/** A line as it is laid out, in pixels from the beginning of the list. */
export interface Line {
  index: number;
  start: number;
  end: number;
}

export interface View {
  top: number;
  height: number;
}

/** So much of a message may be cut off below and it still counts as read. */
const CUT_OFF_PX = 12;

const seqOf = (item: TimelineItem | undefined): number | null =>
  item?.type === 'message' ? item.seq : null;

/**
 * The lowest and the highest message number on the screen; null if none is. A message counts when
 * its end is in view, or when it fills the view from edge to edge.
 */
export function seqsInView(
  items: TimelineItem[],
  lines: Line[],
  view: View,
): { from: number; to: number } | null {
  const bottom = view.top + view.height;
  const seqs = lines
    .filter(({ start, end }) => end > view.top && start < bottom)
    .filter(({ start, end }) => end <= bottom + CUT_OFF_PX || start <= view.top)
    .flatMap(({ index }) => seqOf(items[index]) ?? []);
  const [from] = seqs;
  const to = seqs.at(-1);
  return from === undefined || to === undefined ? null : { from, to };
}

/**
 * Whether the view has come to what was not read from above, without a gap: only then what it shows
 * moves the read mark, which covers everything below it.
 */
export function reachesFrom(items: TimelineItem[], readSeq: number, fromSeq: number): boolean {
  return !items.some(
    (item) =>
      item.type === 'message' &&
      item.status === 'received' &&
      item.seq !== null &&
      item.seq > readSeq &&
      item.seq < fromSeq,
  );
}

/** The index of the first message of somebody else that was not read; -1 if there is none. */
export function firstUnreadIndex(items: TimelineItem[], readSeq: number): number {
  return items.findIndex(
    (item) => item.type === 'message' && item.status === 'received' && (item.seq ?? 0) > readSeq,
  );
}

/** True for a message of the user's, from this device or another one. */
export function isOwn(item: TimelineItem | undefined): boolean {
  return item?.type === 'message' && item.status !== 'received';
}

/**
 * The first line that begins in view and will be there again when the chat is opened anew: what the
 * view is found again by. Dividers will not.
 */
export function firstLasting(
  lines: (Line & { key: unknown })[],
  top: number,
): (Line & { key: string }) | undefined {
  return lines.find(
    (line): line is Line & { key: string } =>
      line.start >= top && typeof line.key === 'string' && !isDividerKey(line.key),
  );
}
