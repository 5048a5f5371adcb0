import { useEffect, useId, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
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
import { Blur } from '../Blur';
import { saveFile } from '../links';
import type { Shown } from '../shown';
import { takeTurn } from '../turn';
import { useOwnCopy, useSource } from '../useSource';
import { useZoom } from './useZoom';
import './viewer.css';

/** A picture or a video with what was said of it. */
export interface Seen {
  key: string;
  senderId: string;
  text: string;
  mentions: string[];
  createdAt: string;
  /** Null where it was deleted. */
  attachment: Shown | null;
}

interface Props {
  /** The oldest first. */
  pictures: Seen[];
  /** The key of the one that was chosen. */
  first: string;
  /** Leads to the message in its chat, where that is not what lies below. */
  onShow?: (key: string) => void;
  onClose: () => void;
}

/** A chat's pictures, one at a time and as large as the screen. */
export function Viewer({ pictures, first, onShow, onClose }: Props) {
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
        {onShow && (
          <IconButton icon="chat" label={t('allMedia.show')} onClick={() => onShow(bubble.key)} />
        )}
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
          attachment={bubble.attachment}
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
  attachment: Shown;
  onSwipe: (towards: 'left' | 'right') => void;
}

function Large({ attachment, onSwipe }: LargeProps) {
  const { t } = useTranslation();
  const { view, gestures } = useZoom(onSwipe);
  const { file, clientMsgId, pending } = attachment;
  const own = useOwnCopy(pending ? clientMsgId : null);
  const { url, state, onError, retry } = useSource(
    own === null && !pending ? file.id : null,
    'whole',
  );
  const source = own ?? url;
  const [loaded, setLoaded] = useState(false);
  return (
    <div className={view.zoom > 1 ? 'viewer-large viewer-moves' : 'viewer-large'} {...gestures}>
      {!loaded && <Blur hash={file.blurhash} />}
      {source !== null && file.kind === 'video' && (
        // People send what they have filmed, which has no subtitles.
        // eslint-disable-next-line jsx-a11y/media-has-caption -- see above
        <video
          src={source}
          aria-label={t('media.video')}
          controls
          playsInline
          onLoadedMetadata={() => setLoaded(true)}
          onPlay={(event) => takeTurn(event.currentTarget)}
          onError={onError}
        />
      )}
      {source !== null && file.kind !== 'video' && (
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
