import { unsentInWords } from '@/lib/unsent';
import { selectSelfId, leftWorkDismissed, type LeftWork } from '@/model/session';
import { useAppDispatch, useAppSelector } from '@/store/hooks';

/** Says when what happens here lasts only as long as the page. */
export function StorageNotice() {
  const status = useAppSelector((state) => state.storage.status);
  if (status === 'kept') return null;
  return (
    <div className="device-notice" role="status" data-testid="storage-status" data-state={status}>
      {status === 'outdated' ? (
        <>
          <span>A newer version of Rookery is in use in this browser.</span>
          <button type="button" onClick={() => window.location.reload()}>
            Reload
          </button>
        </>
      ) : (
        <span>Not kept on this device: what is not sent is lost when this page closes.</span>
      )}
    </div>
  );
}

function whatIsLeft({ user, messages, drafts, kept }: LeftWork): string {
  const things = unsentInWords(messages, drafts);
  if (things === '') return `Sign in again to go on as @${user.handle}.`;
  const where = kept ? 'on this device' : 'until this page closes';
  return `Kept ${where} for @${user.handle}: ${things}. Messages go out when they sign in again.`;
}

/** Says that a session ended against its user's will, and what is kept of what they wrote. */
export function LeftWorkNotice() {
  const dispatch = useAppDispatch();
  const left = useAppSelector((state) => state.session.left);
  const selfId = useAppSelector(selectSelfId);
  if (!left) return null;
  return (
    <div className="device-notice" role="status" data-testid="left-work">
      <span>
        {left.user.display_name} was signed out. {whatIsLeft(left)}
      </span>
      {selfId !== '' && (
        <button type="button" onClick={() => dispatch(leftWorkDismissed())}>
          Dismiss
        </button>
      )}
    </div>
  );
}
