import type { Attachment } from '@/api/types';

/** The largest side of a picture between messages. */
const SIDE_REM = 20;
/** What is narrower is cut, so that a bubble has room for its time. */
const NARROWEST_REM = 10;
/** What is longer than so is cut. */
const RATIO_MAX = 2;
const VIDEO_RATIO = 16 / 9;

/** The room that a picture or a video takes, before any of it is there. */
export function boxOf({ kind, width, height }: Pick<Attachment, 'kind' | 'width' | 'height'>): {
  widthRem: number;
  ratio: number;
} {
  const known = width !== null && height !== null && width > 0 && height > 0;
  const own = known ? width / height : kind === 'video' ? VIDEO_RATIO : 1;
  const ratio = Math.min(RATIO_MAX, Math.max(1 / RATIO_MAX, own));
  return { widthRem: Math.max(NARROWEST_REM, SIDE_REM * Math.min(1, ratio)), ratio };
}

/** How high an attachment is, in pixels of a page whose reader has not changed the font size. */
export function heightOf(attachment: Pick<Attachment, 'kind' | 'width' | 'height'>): number {
  const { kind } = attachment;
  if (kind !== 'picture' && kind !== 'video') return 64;
  const { widthRem, ratio } = boxOf(attachment);
  return (widthRem / ratio) * 16;
}
