import { useCallback } from 'react';
import { useLocation, useNavigate } from 'react-router';

/** One step back in the history; to `fallback` if this page is where the visit began. */
export function useBack(fallback: string): () => void {
  const navigate = useNavigate();
  const { key } = useLocation();
  return useCallback(() => {
    // The router gives the first entry of a visit this key.
    if (key === 'default') void navigate(fallback, { replace: true });
    else void navigate(-1);
  }, [fallback, key, navigate]);
}
