import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from './ui/ConfirmDialog';

interface Props {
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before somebody is blocked; `request` is deleted along with it. */
export function BlockDialog({
  name,
  request = false,
  ...rest
}: Props & { name: string; request?: boolean }) {
  const { t } = useTranslation();
  return (
    <ConfirmDialog title={t('dialogs.blockTitle', { name })} confirm={t('dialogs.block')} {...rest}>
      <p>
        {t('dialogs.blockText')}
        {request && ` ${t('dialogs.blockRequest')}`}
      </p>
    </ConfirmDialog>
  );
}

/** Asks before a direct chat goes. */
export function DeleteChatDialog(props: Props) {
  const { t } = useTranslation();
  return (
    <ConfirmDialog title={t('dialogs.deleteTitle')} confirm={t('common.delete')} {...props}>
      <p>{t('dialogs.deleteText')}</p>
    </ConfirmDialog>
  );
}
