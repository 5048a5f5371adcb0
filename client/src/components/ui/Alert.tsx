import type { SerializedError } from '@reduxjs/toolkit';
import { useTranslation } from 'react-i18next';
import { describeProblem, type Problem } from '@/api/problem';

/** Why the last request failed, said once to screen readers too. */
export function Alert({ error }: { error: Problem | SerializedError | string | undefined }) {
  const { t } = useTranslation();
  if (error === undefined) return null;
  const sentence =
    typeof error === 'string'
      ? error
      : 'kind' in error
        ? describeProblem(error)
        : t('problem.unknown');
  return (
    <p className="alert" role="alert">
      {sentence}
    </p>
  );
}
