import { useCallback, useId, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useModal } from '@/components/useModal';
import { Icon, type IconName } from './Icon';

export interface Action {
  label: string;
  icon: IconName;
  /** It takes something away. */
  danger?: boolean;
  run: () => void;
}

/** In pixels of the window. */
export interface Point {
  x: number;
  y: number;
}

interface Props {
  title: ReactNode;
  actions: Action[];
  /** What stands above the actions, to choose from, too. */
  top?: ReactNode;
  /** Where a pointer has asked for it: a menu opens there. */
  at?: Point | null;
  onClose: () => void;
}

/** A menu keeps so far from the window's edges. */
const EDGE_PX = 8;

function place(element: HTMLElement, { x, y }: { x: number; y: number }): void {
  const { offsetWidth: width, offsetHeight: height } = element;
  const start = getComputedStyle(element).direction === 'rtl' ? x - width : x;
  const within = (at: number, size: number, room: number) =>
    Math.max(EDGE_PX, Math.min(at, room - size - EDGE_PX));
  element.style.left = `${within(start, width, window.innerWidth)}px`;
  element.style.top = `${within(y, height, window.innerHeight)}px`;
}

/** The arrow keys go from one action to the next. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const at = buttons.findIndex((button) => button === document.activeElement);
  buttons.at((at + step) % buttons.length)?.focus();
}

/** What can be done with something, to choose from: a sheet on a phone, a dialog on a desktop. */
export function ActionSheet({ title, actions, top, at = null, onClose }: Props) {
  const { t } = useTranslation();
  const dialog = useModal(
    useCallback(
      (element: HTMLDialogElement) => {
        if (at) place(element, at);
      },
      [at],
    ),
  );
  const titleId = useId();
  return (
    // The backdrop is part of the dialog; the keyboard closes it by Escape.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- see above
    <dialog
      ref={dialog}
      className={at ? 'dialog sheet sheet-at' : 'dialog sheet'}
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
      onKeyDown={moveFocus}
    >
      <h2 id={titleId} className={at ? 'visually-hidden' : 'sheet-title'}>
        {title}
      </h2>
      {top}
      <ul>
        {actions.map(({ label, icon, danger, run }) => (
          <li key={label}>
            <button
              type="button"
              className={danger ? 'sheet-action sheet-danger' : 'sheet-action'}
              onClick={() => {
                onClose();
                run();
              }}
            >
              <Icon name={icon} size={22} />
              {label}
            </button>
          </li>
        ))}
      </ul>
      {!at && (
        <button type="button" className="button button-quiet button-wide" onClick={onClose}>
          {t('common.cancel')}
        </button>
      )}
    </dialog>
  );
}
