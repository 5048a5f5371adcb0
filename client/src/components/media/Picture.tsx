import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '@/components/ui/Icon';
import type { Shown } from './shown';
import { Blur } from './Blur';
import { boxOf } from './box';
import { useOwnCopy, useSource } from './useSource';

interface Props {
  shown: Shown;
  /** Shows it large. */
  onOpen?: (() => void) | undefined;
  /** What lies over it. */
  children?: ReactNode;
}

/** A picture between messages. Its room is there before it is, so that nothing moves. */
export function Picture({ shown, onOpen, children }: Props) {
  const { t } = useTranslation();
  const { file, clientMsgId, pending } = shown;
  const own = useOwnCopy(pending ? clientMsgId : null);
  const { url, state, onError, retry } = useSource(
    pending || own !== null ? null : file.id,
    'small',
  );
  const [loaded, setLoaded] = useState(false);
  const { widthRem, ratio } = boxOf(file);
  const source = own ?? url;
  const image = source !== null && (
    <img
      className={loaded ? 'media-image media-image-there' : 'media-image'}
      src={source}
      alt={t('media.picture')}
      draggable={false}
      onLoad={() => setLoaded(true)}
      onError={onError}
    />
  );
  return (
    <div className="media media-box" style={{ width: `${widthRem}rem`, aspectRatio: ratio }}>
      <Blur hash={file.blurhash} />
      {onOpen && source !== null ? (
        <button type="button" className="media-open" aria-label={t('media.open')} onClick={onOpen}>
          {image}
        </button>
      ) : (
        image
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
