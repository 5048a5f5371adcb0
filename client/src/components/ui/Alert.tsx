import type { SerializedError } from '@reduxjs/toolkit';
import { describeProblem, type Problem } from '@/api/problem';

/** Why the last request failed, said once to screen readers too. */
export function Alert({ error }: { error: Problem | SerializedError | string | undefined }) {
  if (error === undefined) return null;
  const sentence =
    typeof error === 'string'
      ? error
      : 'kind' in error
        ? describeProblem(error)
        : 'Something went wrong. Try again.';
  return (
    <p className="alert" role="alert">
      {sentence}
    </p>
  );
}
