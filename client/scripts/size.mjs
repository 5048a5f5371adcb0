// Sums the gzipped JavaScript that the first page load fetches: what index.html names, as module
// scripts and as module preloads. Later chunks are not first load.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT_KIB = 170;
const dist = new URL('../dist/', import.meta.url);
const html = readFileSync(new URL('index.html', dist), 'utf8');
const files = new Set([...html.matchAll(/(?:src|href)="\/([^"]+\.js)"/g)].map((match) => match[1]));
if (files.size === 0) throw new Error('dist/index.html names no script: run `npm run build` first');

let total = 0;
for (const file of files) {
  const bytes = gzipSync(readFileSync(new URL(file, dist))).length;
  total += bytes;
  console.log(`${(bytes / 1024).toFixed(1).padStart(7)} KiB  ${file}`);
}
console.log(
  `${(total / 1024).toFixed(1).padStart(7)} KiB  first load, gzipped (limit ${LIMIT_KIB})`,
);
if (total > LIMIT_KIB * 1024) process.exit(1);
