import assert from 'node:assert/strict';
import { test } from 'node:test';

import { slow } from './lib/slow.mjs';

async function reported(events) {
  let failures = 0;
  const lines = [];
  for await (const line of slow(events, () => (failures += 1))) lines.push(line);
  return { failures, lines };
}

const event = (type, name, duration_ms, kind) => ({
  type,
  data: { name, details: { duration_ms, type: kind } },
});

test('tests that take more than a minute are named, and let the run fail', async () => {
  const quick = [
    event('test:pass', 'a', 60_000),
    event('test:fail', 'b', 10),
    event('test:pass', 'c', 90_000, 'suite'),
    { type: 'test:plan', data: { count: 3 } },
  ];
  assert.deepEqual(await reported(quick), { failures: 0, lines: [] });
  const { failures, lines } = await reported([event('test:pass', 'long one', 61_200)]);
  assert.equal(failures, 1);
  assert.match(lines[0], /"long one" took 61 s/);
});
