import { useEffect, useState } from 'react';

/**
 * A value once it has not changed for `ms`: what is typed becomes one question, not one a letter.
 * `first` stands for it until then; without one, the value that is there at first does.
 */
export function useSettled<T>(value: T, ms: number, first: T = value): T {
  const [settled, setSettled] = useState(first);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
