/** Collects values per key and hands each key's latest to `flush` once, `delayMs` after the first. */
export function coalesce<V>(delayMs: number, flush: (key: string, value: V) => void) {
  const pending = new Map<string, { value: V; timer: ReturnType<typeof setTimeout> }>();
  return {
    add(key: string, value: V): void {
      const entry = pending.get(key);
      if (entry) {
        entry.value = value;
        return;
      }
      const timer = setTimeout(() => {
        const latest = pending.get(key);
        pending.delete(key);
        if (latest) flush(key, latest.value);
      }, delayMs);
      pending.set(key, { value, timer });
    },
    clear(): void {
      for (const { timer } of pending.values()) clearTimeout(timer);
      pending.clear();
    },
  };
}
