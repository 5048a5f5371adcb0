// Writes src/api/schema.d.ts from the core's committed OpenAPI snapshot; with --check it only says
// whether the committed file is what would be written.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const source = new URL('../../core-service/openapi.json', import.meta.url);
const target = new URL('../src/api/schema.d.ts', import.meta.url);
const header =
  '// Generated from core-service/openapi.json by `npm run generate`. Do not edit.\n\n';
const generated = header + astToString(await openapiTS(source));

if (!process.argv.includes('--check')) {
  writeFileSync(target, generated);
} else if (!existsSync(target) || readFileSync(target, 'utf8') !== generated) {
  console.error('src/api/schema.d.ts is not current: run `npm run generate` and commit the result');
  process.exit(1);
}
