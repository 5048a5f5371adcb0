import 'fake-indexeddb/auto';
import { Blob, File } from 'node:buffer';
import { cleanup, configure } from '@testing-library/react';
import { afterAll, afterEach, beforeAll, vi } from 'vitest';
import { loadLaterTexts, showLanguage } from '@/i18n/i18n';
import { server } from './backend';
import { closeTabs } from './stack';

// The environment lays nothing out: lists that show what fits need a size to fit into.
const SIZE_PX = 800;
for (const side of ['offsetWidth', 'offsetHeight', 'clientHeight'] as const) {
  Object.defineProperty(HTMLElement.prototype, side, { configurable: true, value: SIZE_PX });
}

// The environment's own files cannot be stored, as those of browsers can.
Object.assign(globalThis, { Blob, File });
let made = 0;
Object.assign(URL, {
  createObjectURL: () => `blob:test/${(made += 1)}`,
  revokeObjectURL: () => undefined,
});

// As long as `until` and `expect.poll` wait: on a busy machine a second is short.
configure({ asyncUtilTimeout: 15_000 });

beforeAll(async () => {
  server.listen({ onUnhandledRequest: 'error' });
  await loadLaterTexts();
});
afterEach(async () => {
  cleanup();
  await showLanguage('en');
  closeTabs();
  vi.useRealTimers();
  server.resetHandlers();
  window.history.replaceState(null, '', '/');
});
afterAll(() => server.close());
