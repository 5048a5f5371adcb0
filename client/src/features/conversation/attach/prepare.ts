/** What becomes of a file between being chosen and being sent. */
import type { AttachmentKind, ClientConfig } from '@/api/types';
import type { Ready } from '@/delivery/queueFiles';

export type Limits = Pick<
  ClientConfig['limits'],
  'upload_max_bytes' | 'picture_max_bytes' | 'picture_max_pixels'
>;

/** The server's defaults, until it has told its own. */
export const DEFAULT_LIMITS: Limits = {
  upload_max_bytes: 268_435_456,
  picture_max_bytes: 33_554_432,
  picture_max_pixels: 25_000_000,
};

/** Why a file cannot be sent. */
export type Unfit = 'empty' | 'tooLarge' | 'unreadable';

/** What the server makes anew; other pictures are files to it. */
const PICTURES = ['image/jpeg', 'image/png', 'image/webp', 'image/gif'];
const JPEG_QUALITY = 0.9;

function kindOf(type: string): AttachmentKind {
  if (PICTURES.includes(type)) return 'picture';
  if (type.startsWith('video/')) return 'video';
  return type.startsWith('audio/') ? 'audio' : 'file';
}

/** By how much a picture is made smaller; 1 leaves it as it is. */
export function scaleFor(
  { width, height, size }: { width: number; height: number; size: number },
  limits: Limits,
): number {
  const byPixels = Math.sqrt(limits.picture_max_pixels / (width * height));
  const byBytes = Math.sqrt(limits.picture_max_bytes / size);
  return Math.min(1, byPixels, byBytes);
}

async function shrunk(bitmap: ImageBitmap, scale: number): Promise<Blob | null> {
  const canvas = document.createElement('canvas');
  canvas.width = Math.floor(bitmap.width * scale);
  canvas.height = Math.floor(bitmap.height * scale);
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', JPEG_QUALITY));
}

/** A picture upright, no larger than the server takes it; null where the browser cannot read it. */
async function preparePicture(file: File, limits: Limits): Promise<Ready | null> {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return null;
  const { width, height } = bitmap;
  const scale = scaleFor({ width, height, size: file.size }, limits);
  const { name, size, type } = file;
  if (scale === 1) {
    bitmap.close();
    return { blob: file, about: { name, size, type, kind: 'picture', width, height } };
  }
  const smaller = await shrunk(bitmap, scale);
  bitmap.close();
  if (!smaller) return null;
  const about = {
    name: `${name.replace(/\.[^.]*$/, '')}.jpg`,
    size: smaller.size,
    type: smaller.type,
    kind: 'picture' as const,
    width: Math.floor(width * scale),
    height: Math.floor(height * scale),
  };
  return { blob: smaller, about };
}

/** Looks into a file that somebody wants to send. */
export async function prepare(file: File, limits: Limits): Promise<Ready | Unfit> {
  const { name, size, type } = file;
  if (size === 0) return 'empty';
  const kind = kindOf(type);
  const plain: Ready = {
    blob: file,
    about: { name, size, type, kind, width: null, height: null },
  };
  // One that the browser cannot read is sent as it is: the server says whether it can.
  const ready = kind === 'picture' ? ((await preparePicture(file, limits)) ?? plain) : plain;
  return ready.about.size > limits.upload_max_bytes ? 'tooLarge' : ready;
}
