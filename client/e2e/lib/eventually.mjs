import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until `probe` returns something truthy and returns it. A probe that throws is asked again,
 * and its last error is the cause of the failure after `withinMs`.
 */
export async function eventually(what, probe, { withinMs = 15_000, everyMs = 10 } = {}) {
  const deadline = performance.now() + withinMs;
  let cause;
  for (;;) {
    try {
      const value = await probe();
      if (value) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`not within ${withinMs} ms: ${what}`, { cause });
    }
    await delay(everyMs);
  }
}

/** Calls `act` for every item, at most `width` at the same time, and returns the results in order. */
export async function inParallel(items, width, act) {
  const results = [];
  const queue = items.entries();
  const work = async () => {
    for (const [index, item] of queue) results[index] = await act(item, index);
  };
  await Promise.all(Array.from({ length: width }, work));
  return results;
}
