import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds the stack that `cargo up` started. */
const BACKEND = process.env.ROOKERY_BACKEND ?? 'http://127.0.0.1:8080';

/** Loaded by every page, with whatever screen it begins. */
const BASE =
  /node_modules\/(?!(?:centrifuge|eventsource-parser|linkify-it|uc\.micro|events|protobufjs)\/)|src\/(?:api|lib|model|store|components)\/(?!links|clipboard|contacts|roles|PeopleSearch|ContactDialogs|useOpenChat|useSettled|ui\/(?:ActionSheet|Alert|ConfirmDialog|Menu|TextField)\.)/;

export default defineConfig({
  plugins: [react()],
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
          groups: [{ name: 'base', test: BASE }],
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
