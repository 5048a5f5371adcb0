import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useVersionsQuery } from '@/api/messageDetails';
import { Alert } from '@/components/ui/Alert';
import { useModal } from '@/components/useModal';
import { dayLabel, clockTime } from '@/lib/time';

interface Props {
  conversationId: string;
  messageId: string;
  onClose: () => void;
}

/** What an edited message has said before. */
export function MessageVersions({ conversationId, messageId, onClose }: Props) {
  const { t } = useTranslation();
  const dialog = useModal();
  const titleId = useId();
  const { data, error } = useVersionsQuery(
    { conversationId, messageId },
    { refetchOnMountOrArgChange: true },
  );
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={titleId} onClose={onClose}>
      <h2 id={titleId}>{t('message.versions')}</h2>
      <Alert error={error} />
      {!data && !error && <p role="status">{t('common.loading')}</p>}
      <ol className="versions">
        {data?.versions.map(({ text, written_at: at }) => (
          <li key={at}>
            <time dateTime={at}>
              {dayLabel(at)} {clockTime(at)}
            </time>
            <p dir="auto">{text}</p>
          </li>
        ))}
      </ol>
      <div className="dialog-actions">
        <button type="button" className="button button-quiet" onClick={onClose}>
          {t('common.dismiss')}
        </button>
      </div>
    </dialog>
  );
}
