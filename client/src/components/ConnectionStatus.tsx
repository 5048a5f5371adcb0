import { useTranslation } from 'react-i18next';
import { useConnectionWord } from './useConnectionWord';
import { LeftWorkNotice, NewerPageNotice, StorageNotice } from './DeviceNotices';
import { useAppSelector } from '@/store/hooks';

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
      <StorageNotice />
      <NewerPageNotice />
      <LeftWorkNotice />
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
