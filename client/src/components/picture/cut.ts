/** A part of a picture, in its own pixels. */
export interface Part {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The largest side that anybody is shown. */
const SIDE_MAX_PX = 640;
const QUALITY = 0.9;

/** The square that was chosen of a picture, no larger than it is shown; null where it cannot be read. */
export async function cut(file: Blob, part: Part): Promise<Blob | null> {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return null;
  const side = Math.max(1, Math.min(SIDE_MAX_PX, Math.round(part.width)));
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const drawing = canvas.getContext('2d');
  drawing?.drawImage(bitmap, part.x, part.y, part.width, part.height, 0, 0, side, side);
  bitmap.close();
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY));
}
