/**
 * Gathers keys and hands each to `flush` once: after `intervalMs`, at most `batch` of them, and so
 * on until none is left. A burst about one key becomes one call, and many keys never a storm.
 */
export function paced(intervalMs: number, batch: number, flush: (key: string) => void) {
  const waiting = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | null = null;

  function run(): void {
    timer = null;
    const due = [...waiting].slice(0, batch);
    for (const key of due) waiting.delete(key);
    if (waiting.size > 0) timer = setTimeout(run, intervalMs);
    due.forEach(flush);
  }

  return {
    add(key: string): void {
      waiting.add(key);
      timer ??= setTimeout(run, intervalMs);
    },
    clear(): void {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      waiting.clear();
    },
  };
}
