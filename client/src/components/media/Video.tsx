import { useTranslation } from 'react-i18next';
import type { ReactNode } from 'react';
import { Icon } from '@/components/ui/Icon';
import { boxOf } from './box';
import type { Shown } from './shown';
import { takeTurn } from './turn';
import { useOwnCopy, useSource } from './useSource';

/** A video between messages: its first picture and its length, as the browser reads them from it. */
export function Video({ shown, children }: { shown: Shown; children?: ReactNode }) {
  const { t } = useTranslation();
  const { file, clientMsgId, pending } = shown;
  const own = useOwnCopy(pending ? clientMsgId : null);
  const { url, state, onError, retry } = useSource(
    pending || own !== null ? null : file.id,
    'whole',
  );
  const source = own ?? url;
  const { widthRem, ratio } = boxOf(file);
  return (
    <div
      className="media media-box media-video"
      style={{ width: `${widthRem}rem`, aspectRatio: ratio }}
    >
      {source !== null && (
        // People send what they have filmed, which has no subtitles.
        // eslint-disable-next-line jsx-a11y/media-has-caption -- see above
        <video
          className="media-image media-image-there"
          src={source}
          aria-label={t('media.video')}
          controls
          playsInline
          preload="metadata"
          onPlay={(event) => takeTurn(event.currentTarget)}
          onError={onError}
        />
      )}
      {own === null && state === 'gone' && <p className="media-lost">{t('media.gone')}</p>}
      {own === null && state === 'failed' && (
        <button type="button" className="media-lost" onClick={retry}>
          <Icon name="save" size={20} />
          {t('media.loadAgain')}
        </button>
      )}
      {children}
    </div>
  );
}
