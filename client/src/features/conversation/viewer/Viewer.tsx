import { useEffect, useId, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Blur } from '@/components/media/Blur';
import { saveFile } from '@/components/media/links';
import { useOwnCopy, useSource } from '@/components/media/useSource';
import { Alert } from '@/components/ui/Alert';
import { IconButton } from '@/components/ui/IconButton';
import { useModal } from '@/components/useModal';
import { currentLanguage } from '@/i18n/i18n';
import { directionOf } from '@/i18n/languages';
import { spokenText } from '@/lib/messageText';
import { nameOf } from '@/lib/names';
import { clockTime, dayLabel } from '@/lib/time';
import { selectSelfId } from '@/model/session';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { selectPeople } from '@/store/selectors';
import type { Bubble } from '../timeline';
import { useZoom } from './useZoom';
import './viewer.css';

interface Props {
  /** The chat's pictures on this device, the oldest first. */
  pictures: Bubble[];
  /** The key of the one that was chosen. */
  first: string;
  onClose: () => void;
}

/** A chat's pictures, one at a time and as large as the screen. */
export function Viewer({ pictures, first, onClose }: Props) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const selfId = useAppSelector(selectSelfId);
  const people = useAppSelector(selectPeople);
  const [key, setKey] = useState(first);
  const [failed, setFailed] = useState(false);
  const dialog = useModal();
  const titleId = useId();
  const at = pictures.findIndex((bubble) => bubble.key === key);
  const bubble = pictures[at];
  // It was deleted meanwhile: of that nothing is shown.
  const gone = bubble?.attachment == null;
  useEffect(() => {
    if (gone) onClose();
  }, [gone, onClose]);
  if (!bubble?.attachment) return null;

  const go = (step: number) => {
    const next = pictures[at + step];
    if (!next) return;
    setFailed(false);
    setKey(next.key);
  };
  // Time runs as the interface does.
  const leftStep = directionOf(currentLanguage()) === 'rtl' ? 1 : -1;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowLeft') go(leftStep);
    if (event.key === 'ArrowRight') go(-leftStep);
  };
  const { file } = bubble.attachment;
  const sender = bubble.senderId === selfId ? t('common.you') : nameOf(people[bubble.senderId]);
  return (
    // The arrow keys do what its buttons do.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- see above
    <dialog
      ref={dialog}
      className="viewer"
      aria-labelledby={titleId}
      onClose={onClose}
      onKeyDown={onKeyDown}
    >
      <header className="viewer-header">
        <IconButton icon="close" label={t('viewer.close')} onClick={onClose} />
        <h2 id={titleId} className="viewer-title">
          <bdi>{sender}</bdi>
          <time className="viewer-time" dateTime={bubble.createdAt}>
            {dayLabel(bubble.createdAt)}, {clockTime(bubble.createdAt)}
          </time>
        </h2>
        <IconButton
          icon="save"
          label={t('viewer.save')}
          onClick={() => {
            setFailed(false);
            void dispatch(saveFile(file)).then((saved) => setFailed(!saved));
          }}
        />
      </header>
      <div className="viewer-stage">
        <Large
          key={bubble.key}
          bubble={bubble}
          onSwipe={(towards) => go(towards === 'left' ? -leftStep : leftStep)}
        />
        {at > 0 && (
          <IconButton
            icon="back"
            label={t('viewer.previous')}
            className="viewer-step viewer-previous flip-in-rtl"
            onClick={() => go(-1)}
          />
        )}
        {at < pictures.length - 1 && (
          <IconButton
            icon="next"
            label={t('viewer.next')}
            className="viewer-step viewer-next flip-in-rtl"
            onClick={() => go(1)}
          />
        )}
      </div>
      {failed && <Alert error={t('media.notSaved')} />}
      {bubble.text !== '' && (
        <p className="viewer-caption" dir="auto">
          {spokenText(bubble, people)}
        </p>
      )}
    </dialog>
  );
}

interface LargeProps {
  bubble: Bubble;
  onSwipe: (towards: 'left' | 'right') => void;
}

function Large({ bubble, onSwipe }: LargeProps) {
  const { t } = useTranslation();
  const { view, gestures } = useZoom(onSwipe);
  const { attachment } = bubble;
  const own = useOwnCopy(attachment?.pending ? bubble.clientMsgId : null);
  const { url, state, onError, retry } = useSource(
    own === null && attachment && !attachment.pending ? attachment.file.id : null,
    'whole',
  );
  const source = own ?? url;
  const [loaded, setLoaded] = useState(false);
  return (
    <div className={view.zoom > 1 ? 'viewer-large viewer-moves' : 'viewer-large'} {...gestures}>
      {!loaded && attachment && <Blur hash={attachment.file.blurhash} />}
      {source !== null && (
        <img
          src={source}
          alt={t('media.picture')}
          draggable={false}
          style={{ transform: `translate(${view.x}px, ${view.y}px) scale(${view.zoom})` }}
          onLoad={() => setLoaded(true)}
          onError={onError}
        />
      )}
      {own === null && state === 'gone' && <p className="media-lost">{t('media.gone')}</p>}
      {own === null && state === 'failed' && (
        <button type="button" className="media-lost" onClick={retry}>
          {t('media.loadAgain')}
        </button>
      )}
    </div>
  );
}
