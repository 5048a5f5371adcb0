import { useEffect, useRef, type RefObject } from 'react';

/**
 * Opens the native dialog that the ref is given to, which traps the focus and gives it back. `onShow`
 * is called once it is laid out, and again when it has become another function.
 */
export function useModal(
  onShow?: (element: HTMLDialogElement) => void,
): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (!element) return;
    if (!element.open) element.showModal();
    onShow?.(element);
  }, [onShow]);
  return dialog;
}
