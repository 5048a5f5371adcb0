/** Shares one running call per key: whoever asks meanwhile gets the same promise. */
export function singleFlight<T>(): (key: unknown, start: () => Promise<T>) => Promise<T> {
  const running = new Map<unknown, Promise<T>>();
  return (key, start) => {
    const current = running.get(key);
    if (current) return current;
    const promise = start().finally(() => running.delete(key));
    running.set(key, promise);
    return promise;
  };
}

/**
 * One call per key at a time, and a second one after it for all who ask meanwhile: an answer that
 * was under way before they asked may not know what made them ask.
 */
export function freshFlight<T>(): (key: string, start: () => Promise<T>) => Promise<T> {
  const running = new Map<string, Promise<T>>();
  const waiting = new Map<string, Promise<T>>();

  function begin(key: string, start: () => Promise<T>): Promise<T> {
    const promise = start().finally(() => running.delete(key));
    running.set(key, promise);
    return promise;
  }

  return (key, start) => {
    const current = running.get(key);
    if (!current) return begin(key, start);
    const queued = waiting.get(key);
    if (queued) return queued;
    const next = current
      .catch(() => undefined)
      .then(() => {
        waiting.delete(key);
        return begin(key, start);
      });
    waiting.set(key, next);
    return next;
  };
}

/** Runs at most `limit` tasks at a time, in the order they were given. */
export function limitConcurrency(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let active = 0;
  return async (task) => {
    if (active >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else active += 1;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else active -= 1;
    }
  };
}
