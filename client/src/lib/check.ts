/**
 * Checks of data that this build of the client did not make itself: what a hub sends, what an older
 * build stored. A check answers the value with the fields it knows, or throws.
 */

/** The data is something else than what was asked for; the message names the field. */
export class Mismatch extends Error {}

export type Check<T> = (value: unknown, path: string) => T;
export type Checked<C> = C extends Check<infer T> ? T : never;

function wrong(path: string, wanted: string): never {
  throw new Mismatch(`“${path}” is not ${wanted}`);
}

export const text: Check<string> = (value, path) =>
  typeof value === 'string' ? value : wrong(path, 'a text');
export const number: Check<number> = (value, path) =>
  typeof value === 'number' ? value : wrong(path, 'a number');
export const flag: Check<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : wrong(path, 'yes or no');

export function orNull<T>(check: Check<T>): Check<T | null> {
  return (value, path) => (value === null ? null : check(value, path));
}

export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, path) => (value === undefined ? undefined : check(value, path));
}

export function oneOf<const T extends string>(...names: T[]): Check<T> {
  return (value, path) => {
    const found = names.find((name) => name === value);
    return found ?? wrong(path, `one of ${names.join(', ')}`);
  };
}

function object(value: unknown, path: string): Record<string, unknown> {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)
    : wrong(path, 'an object');
}

export function list<T>(item: Check<T>): Check<T[]> {
  return (value, path) =>
    Array.isArray(value)
      ? value.map((entry, at) => item(entry, `${path}[${at}]`))
      : wrong(path, 'a list');
}

export function named<T>(item: Check<T>): Check<Record<string, T>> {
  return (value, path) =>
    Object.fromEntries(
      Object.entries(object(value, path)).map(([name, entry]) => [
        name,
        item(entry, `${path}.${name}`),
      ]),
    );
}

export function shape<F extends Record<string, Check<unknown>>>(
  fields: F,
): Check<{ [K in keyof F]: Checked<F[K]> }> {
  return (value, path) => {
    const record = object(value, path);
    const checked = Object.entries(fields).map(([name, check]) => [
      name,
      check(record[name], path === '' ? name : `${path}.${name}`),
    ]);
    return Object.fromEntries(checked) as { [K in keyof F]: Checked<F[K]> };
  };
}
