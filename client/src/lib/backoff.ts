/** Milliseconds to wait before try number `attempt` (0 is the first retry): 1, 2, 4 … 15 s, ± 25 %. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  return Math.min(15_000, 1_000 * 2 ** Math.min(attempt, 10)) * (0.75 + random() / 2);
}

/** A wait that `wake` ends early: for retries that should go at once when the network is back. */
export function createWaiter(): { wait: (ms: number) => Promise<void>; wake: () => void } {
  const waiting = new Set<() => void>();
  return {
    wait: (ms) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        waiting.add(done);
      }),
    wake: () => {
      for (const done of [...waiting]) done();
    },
  };
}
