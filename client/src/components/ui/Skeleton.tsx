import { useTranslation } from 'react-i18next';

const ROWS = 8;
const BUBBLES = 6;

/** Stands where rows with faces, or messages, will be. */
export function Skeleton({ of }: { of: 'rows' | 'messages' }) {
  const { t } = useTranslation();
  return (
    <div
      className={of === 'rows' ? 'skeleton' : 'skeleton skeleton-bubbles'}
      role="status"
      aria-label={t('common.loading')}
    >
      {Array.from({ length: of === 'rows' ? ROWS : BUBBLES }, (_, n) =>
        of === 'rows' ? (
          <div key={n} className="skeleton-row">
            <span className="skeleton-face" />
            <span className="skeleton-lines">
              <span className="skeleton-line" />
              <span className="skeleton-line" />
            </span>
          </div>
        ) : (
          <span key={n} className="skeleton-bubble" />
        ),
      )}
    </div>
  );
}
