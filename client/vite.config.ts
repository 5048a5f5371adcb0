import react from '@vitejs/plugin-react';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin, Rolldown } from 'vite';
import { defineConfig } from 'vitest/config';
import emojibase from 'emojibase-data/package.json' with { type: 'json' };

/** Where `npm run dev` finds the stack that `cargo up` started. */
const BACKEND = process.env.ROOKERY_BACKEND ?? 'http://127.0.0.1:8080';

function reachable(entry: string, graph: Rolldown.ChunkingContext): Set<string> {
  const found = new Set([entry]);
  // A set gives what is added to it on the way as well.
  for (const id of found) graph.getModuleInfo(id)?.importedIds.forEach((next) => found.add(next));
  return found;
}

const ENTRY = fileURLToPath(new URL('./src/main.tsx', import.meta.url));

/**
 * Puts what every page loads into one file: what the entry imports, and what that imports, but
 * nothing that is only loaded when it is needed.
 */
function firstLoad() {
  let first: Set<string> | null = null;
  return (id: string, graph: Rolldown.ChunkingContext): string | null => {
    first ??= reachable(ENTRY, graph);
    return first.has(id) ? 'base' : null;
  };
}

/** Where the names of emoji are; by version, for what stands there is kept for ever. */
const EMOJI = `assets/emoji-${emojibase.version}`;
const EMOJI_FILES = ['en', 'de', 'es'].flatMap((language) =>
  ['data', 'messages'].map((name) => `${language}/${name}.json`),
);

/** Serves the emoji's names from where the page comes, for the picker that asks for them. */
function emojiNames(): Plugin {
  const read = (file: string) =>
    readFileSync(fileURLToPath(import.meta.resolve(`emojibase-data/${file}`)));
  return {
    name: 'emoji-names',
    generateBundle() {
      for (const file of EMOJI_FILES) {
        this.emitFile({ type: 'asset', fileName: `${EMOJI}/${file}`, source: read(file) });
      }
    },
    configureServer({ middlewares }) {
      for (const file of EMOJI_FILES) {
        middlewares.use(`/${EMOJI}/${file}`, (_, response) => {
          response.setHeader('content-type', 'application/json');
          response.end(read(file));
        });
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), emojiNames()],
  define: { 'import.meta.env.EMOJI_DATA': JSON.stringify(`/${EMOJI}`) },
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { proxy: { '/api': BACKEND, '/admin/sse': BACKEND } },
  build: {
    target: 'es2022',
    // The content security policy allows no data: URLs, so small assets stay files.
    assetsInlineLimit: 0,
    // `npm run size` holds what is loaded first to its budget, gzipped.
    chunkSizeWarningLimit: 700,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // One file of what every screen needs: twenty small ones compress worse and ask more often.
        codeSplitting: {
          groups: [{ name: firstLoad(), debugName: 'base' }],
        },
      },
    },
  },
  test: {
    environment: 'happy-dom',
    setupFiles: ['src/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    // A test waits for what it wants to see, never for a time; these end what will not come.
    testTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
