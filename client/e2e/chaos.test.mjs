import assert from 'node:assert/strict';
import { test } from 'node:test';

import { runChaos } from './lib/chaos.mjs';

test('people chat while everything is killed in turn, and each has every message once', async (t) => {
  const { messages, kills, slowestMs, violations } = await runChaos({
    messages: 240,
    chats: 6,
    people: 8,
    perSecond: 20,
    killEveryMs: 1_500,
    say: (line) => t.diagnostic(line),
  });
  assert.equal(messages, 240);
  assert.ok(kills.core >= 2 && kills.hub >= 1, JSON.stringify(kills));
  t.diagnostic(`slowest: ${JSON.stringify(slowestMs)} ms`);
  assert.deepEqual(violations, []);
});
