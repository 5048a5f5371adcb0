import { test } from 'node:test';

import { assertHeld, overload } from './lib/overload.mjs';

test('a hub that is offered more than it can write holds publishers back and ends nobody', async () => {
  // What is measured alone, for a minute, is `npm run overload`.
  const numbers = await overload({ seconds: 5, perSecond: 400, crowd: 2_000, smallRooms: 100 });
  assertHeld(numbers, { slack: 3 });
});
