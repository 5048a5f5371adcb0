import type { LinkPreview } from '@/api/types';

/** A picture that is wider than that is shown across the bubble. */
const WIDE_PX = 300;
const WIDE_RATIO = 1.3;

/** Whether its picture stands above its words, and not beside them. */
export function isLarge({ image }: LinkPreview): boolean {
  return image !== null && image.width >= WIDE_PX && image.width >= image.height * WIDE_RATIO;
}

/** How high it is, about, in pixels of a page whose reader has not changed the font size. */
export const previewHeight = (preview: LinkPreview): number => (isLarge(preview) ? 240 : 80);
