import { useId, useState } from 'react';
import Cropper from 'react-easy-crop';
import 'react-easy-crop/react-easy-crop.css';
import { useTranslation } from 'react-i18next';
import { useModal } from '@/components/useModal';
import { Alert } from '@/components/ui/Alert';
import { cut, type Part } from './cut';

interface Props {
  file: File;
  /** Where the page has it. */
  url: string;
  onCut: (picture: Blob) => void;
  onClose: () => void;
}

const ZOOM_MAX = 4;
const ZOOM_STEP = 0.1;

/** The part of a picture that becomes a face. */
export function CropDialog({ file, url, onCut, onClose }: Props) {
  const { t } = useTranslation();
  const dialog = useModal();
  const titleId = useId();
  const [crop, setCrop] = useState({ x: 0, y: 0 });
  const [zoom, setZoom] = useState(1);
  const [part, setPart] = useState<Part | null>(null);
  const [unreadable, setUnreadable] = useState(false);
  const use = async () => {
    const picture = part && (await cut(file, part));
    if (picture) onCut(picture);
    else setUnreadable(true);
  };
  return (
    <dialog ref={dialog} className="dialog crop-dialog" aria-labelledby={titleId} onClose={onClose}>
      <h2 id={titleId}>{t('profile.crop')}</h2>
      <div className="crop-stage">
        <Cropper
          image={url}
          crop={crop}
          zoom={zoom}
          maxZoom={ZOOM_MAX}
          aspect={1}
          cropShape="round"
          showGrid={false}
          // The page's policy takes styles from its own files alone.
          disableAutomaticStylesInjection
          mediaProps={{ onError: () => setUnreadable(true) }}
          onCropChange={setCrop}
          onZoomChange={setZoom}
          onCropComplete={(_, pixels) => setPart(pixels)}
        />
      </div>
      <label className="crop-zoom">
        {t('profile.zoom')}
        <input
          type="range"
          min={1}
          max={ZOOM_MAX}
          step={ZOOM_STEP}
          value={zoom}
          onChange={(event) => setZoom(Number(event.target.value))}
        />
      </label>
      {unreadable && <Alert error={t('profile.unreadable')} />}
      <div className="dialog-actions">
        <button type="button" className="button button-quiet" onClick={onClose}>
          {t('common.cancel')}
        </button>
        <button
          type="button"
          className="button button-primary"
          disabled={part === null || unreadable}
          onClick={() => void use()}
        >
          {t('profile.use')}
        </button>
      </div>
    </dialog>
  );
}
