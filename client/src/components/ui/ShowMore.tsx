import { useTranslation } from 'react-i18next';

interface Props {
  isLoading: boolean;
  onMore: () => void;
}

/** Asks for the next page of a list. */
export function ShowMore({ isLoading, onMore }: Props) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      className="button button-quiet button-wide"
      disabled={isLoading}
      onClick={onMore}
    >
      {t('common.showMore')}
    </button>
  );
}
