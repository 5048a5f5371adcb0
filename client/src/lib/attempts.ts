import { backoffMs, createWaiter } from './backoff';

/** Tries up to `times`, with growing pauses between; throws the last failure. */
export async function attempts<T>(times: number, task: () => Promise<T>): Promise<T> {
  const { wait } = createWaiter();
  for (let failures = 0; ; failures += 1) {
    try {
      return await task();
    } catch (error) {
      if (failures + 1 >= times) throw error;
      await wait(backoffMs(failures));
    }
  }
}
