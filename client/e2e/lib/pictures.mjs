/** Files to send, made here so that the repository need not hold any. */
import { crc32, deflateSync } from 'node:zlib';

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A PNG whose pixels `colour(x, y)` gives as `[red, green, blue]`, with x and y from 0 to 1. */
export function png(width, height, colour) {
  const rows = Buffer.alloc(height * (1 + 3 * width));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      rows.set(colour(x / width, y / height), y * (1 + 3 * width) + 1 + 3 * x);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  // Eight bits a channel, red, green and blue.
  head.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Hills below an evening sky: something to look at. */
export function landscape(width, height) {
  return png(width, height, (x, y) => {
    const far = 0.62 - 0.1 * Math.sin(5 * x + 1);
    const near = 0.78 - 0.08 * Math.sin(7 * x);
    if (y > near) return [38, 66, 58];
    if (y > far) return [74, 104, 108];
    const sun = Math.hypot((x - 0.7) * (width / height), y - 0.45) < 0.09;
    return sun ? [255, 236, 190] : [120 + 130 * y, 130 + 60 * y, 190 - 60 * y];
  });
}

/** A file as Playwright gives it to a field. */
export const file = (name, mimeType, buffer) => ({ name, mimeType, buffer });

export const picture = (name, width = 640, height = 480) =>
  file(name, 'image/png', landscape(width, height));

/** A document of one empty page. */
export const pdf = (name) =>
  file(
    name,
    'application/pdf',
    Buffer.from(
      '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n' +
        '2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n' +
        '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n' +
        'trailer<</Root 1 0 R>>\n%%EOF\n',
    ),
  );

/** Gives files to the field behind “Photos and videos”, or behind “File”. */
export const choose = (viewer, kind, ...files) =>
  viewer.page
    .locator(kind === 'media' ? 'input[accept="image/*,video/*"]' : 'input[multiple]:not([accept])')
    .first()
    .setInputFiles(files);
