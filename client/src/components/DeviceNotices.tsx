import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { unsentInWords } from '@/lib/unsent';
import { selectSelfId, leftWorkDismissed, type LeftWork } from '@/model/session';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { useNewerPage } from './newerPage';

/** Says when what happens here lasts only as long as the page. */
function StorageNotice() {
  const { t } = useTranslation();
  const status = useAppSelector((state) => state.storage.status);
  if (status === 'kept') return null;
  return (
    <div className="device-notice" role="status" data-testid="storage-status" data-state={status}>
      {status === 'outdated' ? (
        <>
          <span>{t('device.outdated')}</span>
          <button type="button" onClick={() => window.location.reload()}>
            {t('app.reload')}
          </button>
        </>
      ) : (
        <span>{t('device.notKept')}</span>
      )}
    </div>
  );
}

/** Offers the page that the server has meanwhile. */
function NewerPageNotice() {
  const { t } = useTranslation();
  if (!useNewerPage()) return null;
  return (
    <div className="device-notice device-notice-good" role="status" data-testid="newer-page">
      <span>{t('device.newer')}</span>
      <button type="button" onClick={() => window.location.reload()}>
        {t('app.reload')}
      </button>
    </div>
  );
}

function whatIsLeft({ user, messages, drafts, kept }: LeftWork, t: TFunction): string {
  const { handle } = user;
  const things = unsentInWords({ messages, drafts });
  if (things === '') return t('device.signInAgain', { handle });
  return t(kept ? 'device.keptHere' : 'device.keptByPage', { handle, things });
}

/** Says that a session ended against its user's will, and what is kept of what they wrote. */
export function LeftWorkNotice() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const left = useAppSelector((state) => state.session.left);
  const selfId = useAppSelector(selectSelfId);
  if (!left) return null;
  return (
    <div className="device-notice" role="status" data-testid="left-work">
      <span>
        {t('device.signedOut', { name: left.user.display_name })} {whatIsLeft(left, t)}
      </span>
      {selfId !== '' && (
        <button type="button" onClick={() => dispatch(leftWorkDismissed())}>
          {t('common.dismiss')}
        </button>
      )}
    </div>
  );
}

/** What there is to say about this device and this page. */
export function DeviceNotices() {
  return (
    <>
      <StorageNotice />
      <NewerPageNotice />
      <LeftWorkNotice />
    </>
  );
}
