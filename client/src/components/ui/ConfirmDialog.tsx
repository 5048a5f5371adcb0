import { useId, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useModal } from '@/components/useModal';

interface Props {
  title: string;
  children: ReactNode;
  confirm: string;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be undone. The native dialog traps and restores the focus. */
export function ConfirmDialog({ title, children, confirm, onConfirm, onClose }: Props) {
  const { t } = useTranslation();
  const dialog = useModal();
  const titleId = useId();
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={titleId} onClose={onClose}>
      <h2 id={titleId}>{title}</h2>
      <div className="dialog-text">{children}</div>
      <div className="dialog-actions">
        <button type="button" className="button button-quiet" onClick={onClose}>
          {t('common.cancel')}
        </button>
        <button type="button" className="button button-danger" onClick={onConfirm}>
          {confirm}
        </button>
      </div>
    </dialog>
  );
}
