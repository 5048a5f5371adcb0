import type { KeyboardEvent, RefObject } from 'react';

/** From the row that has the focus the arrow keys go to the next one; `show` draws it first. */
export function useArrowKeys(
  list: RefObject<HTMLElement | null>,
  count: number,
  show: (index: number) => void = () => undefined,
) {
  return (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const row = (event.target as Element).closest('[data-index]');
    if (step === 0 || !(row instanceof HTMLElement)) return;
    const next = Number(row.dataset.index) + step;
    if (next < 0 || next >= count) return;
    event.preventDefault();
    show(next);
    const target = list.current?.querySelector(`[data-index="${next}"] a`);
    if (target instanceof HTMLElement) target.focus();
  };
}
