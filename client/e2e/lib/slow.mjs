/** A test that takes longer gets a command of its own: `cargo verify` is run often. */
const TEST_MAX_MS = 60_000;

/** A reporter of Node's test runner. */
export default async function* reporter(events) {
  yield* slow(events, () => (process.exitCode = 1));
}

/** Names the tests that take too long; `fail` lets the run fail. */
export async function* slow(events, fail) {
  for await (const { type, data } of events) {
    const isOver = type === 'test:pass' || type === 'test:fail';
    if (!isOver || data.details.type === 'suite' || data.details.duration_ms <= TEST_MAX_MS)
      continue;
    fail();
    const seconds = Math.round(data.details.duration_ms / 1_000);
    yield `"${data.name}" took ${seconds} s; more than 60 s belong into a command of their own\n`;
  }
}
