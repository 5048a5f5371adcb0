import { useTranslation } from 'react-i18next';
import { Icon } from '@/components/ui/Icon';
import { messageDiscarded } from '@/model/outbox';
import { selectUploaded } from '@/model/uploads';
import { useAppDispatch, useAppSelector } from '@/store/hooks';

/** The circumference of a ring of radius 15.9 is 100, so that its dashes are per cent. */
const RADIUS = 15.915;

interface Props {
  clientMsgId: string;
  /** Of the whole file, in bytes. */
  size: number;
}

/** How much of a file was sent, around what ends that. */
export function Sending({ clientMsgId, size }: Props) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const sent = useAppSelector((state) => selectUploaded(state, clientMsgId));
  const percent = Math.round(((sent ?? 0) / Math.max(size, 1)) * 100);
  return (
    <button
      type="button"
      className="sending"
      aria-label={t('media.cancelSending', { percent })}
      title={t('media.cancel')}
      onClick={() => dispatch(messageDiscarded(clientMsgId))}
    >
      <svg
        className={sent === undefined ? 'sending-ring' : 'sending-ring sending-ring-moves'}
        viewBox="0 0 36 36"
        aria-hidden="true"
      >
        <circle className="sending-rest" cx="18" cy="18" r={RADIUS} />
        <circle
          className="sending-done"
          cx="18"
          cy="18"
          r={RADIUS}
          // Something of it is seen from the beginning.
          strokeDasharray={`${Math.max(4, percent)} 100`}
        />
      </svg>
      <Icon name="close" size={20} />
    </button>
  );
}
