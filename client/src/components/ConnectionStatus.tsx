import { lazy, Suspense, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { loadLaterTexts } from '@/i18n/i18n';
import { useConnectionWord } from './useConnectionWord';
import { useAppSelector } from '@/store/hooks';

/** Mostly there is nothing to say; without a network the app works without it, too. */
const DeviceNotices = lazy(async (): Promise<{ default: () => ReactNode }> => {
  const [file] = await Promise.all([import('./DeviceNotices').catch(() => null), loadLaterTexts()]);
  return { default: file?.DeviceNotices ?? (() => null) };
});

/**
 * A line below the header while the app is not up to date, which pushes nothing, and notices about
 * this device, which take no room when there is nothing to say.
 */
export function ConnectionStatus() {
  const { t } = useTranslation();
  const status = useAppSelector((state) => state.connection.status);
  const word = useConnectionWord();
  return (
    <>
      <div
        className="connection-status"
        role="status"
        data-testid="connection-status"
        data-state={status}
      >
        {status !== 'online' && <span className="connection-line" />}
        <span className="visually-hidden">{word && t(word)}</span>
      </div>
      <Suspense fallback={null}>
        <DeviceNotices />
      </Suspense>
    </>
  );
}

/** Beside the title of a list, once it takes long; it is announced by the line. */
export function ConnectionWord() {
  const { t } = useTranslation();
  const word = useConnectionWord();
  return (
    word && (
      <span className="connection-word" aria-hidden="true">
        {t(word)}
      </span>
    )
  );
}
