import { useEffect, useId, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon, type IconName } from './Icon';

export interface Action {
  label: string;
  icon: IconName;
  /** It takes something away. */
  danger?: boolean;
  run: () => void;
}

interface Props {
  title: ReactNode;
  actions: Action[];
  onClose: () => void;
}

/** What can be done with something, to choose from: a sheet on a phone, a dialog on a desktop. */
export function ActionSheet({ title, actions, onClose }: Props) {
  const { t } = useTranslation();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    // The backdrop is part of the dialog; the keyboard closes it by Escape.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- see above
    <dialog
      ref={dialog}
      className="dialog sheet"
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <h2 id={titleId} className="sheet-title">
        {title}
      </h2>
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
      <button type="button" className="button button-quiet button-wide" onClick={onClose}>
        {t('common.cancel')}
      </button>
    </dialog>
  );
}
