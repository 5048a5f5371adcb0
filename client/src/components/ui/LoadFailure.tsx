import type { ComponentProps } from 'react';
import { useTranslation } from 'react-i18next';
import { Alert } from './Alert';

interface Props {
  /** Why what the screen shows could not be loaded. */
  error: ComponentProps<typeof Alert>['error'];
  isFetching: boolean;
  onRetry: () => void;
  /** Why something that was done on the screen failed: it is said first, and not tried again. */
  refusal?: ComponentProps<typeof Alert>['error'];
}

/** Says why something could not be loaded, with a way to try it again; nothing as long as all is well. */
export function LoadFailure({ error, isFetching, onRetry, refusal }: Props) {
  const { t } = useTranslation();
  if (error === undefined && refusal === undefined) return null;
  return (
    <div className="load-failure">
      <Alert error={refusal ?? error} />
      {error !== undefined && (
        <button
          type="button"
          className="button button-quiet"
          disabled={isFetching}
          onClick={onRetry}
        >
          {t('common.tryAgain')}
        </button>
      )}
    </div>
  );
}
