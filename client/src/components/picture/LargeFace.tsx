import { useState, type ComponentProps } from 'react';
import { useTranslation } from 'react-i18next';
import { Avatar, pictureUrl } from '@/components/ui/Avatar';
import { IconButton } from '@/components/ui/IconButton';
import { useModal } from '@/components/useModal';
import './picture.css';

interface Props {
  face: Pick<ComponentProps<typeof Avatar>, 'id' | 'name' | 'picture' | 'colour'>;
  size?: 'run' | 'info';
  /** No stop of the Tab key: the same picture is reached in another way. */
  aside?: boolean;
}

/** A face; where it is a picture, it opens as large as the screen. */
export function LargeFace({ face, size = 'info', aside = false }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  if (!face.picture) return <Avatar {...face} size={size} />;
  return (
    <>
      <button
        type="button"
        className="face-open"
        aria-label={t('profile.show')}
        tabIndex={aside ? -1 : undefined}
        onClick={() => setOpen(true)}
      >
        <Avatar {...face} size={size} />
      </button>
      {open && <FaceDialog {...face} picture={face.picture} onClose={() => setOpen(false)} />}
    </>
  );
}

interface DialogProps {
  name: string;
  picture: string;
  onClose: () => void;
}

/** A picture of somebody as large as the screen. */
export function FaceDialog({ name, picture, onClose }: DialogProps) {
  const { t } = useTranslation();
  const dialog = useModal();
  return (
    <dialog ref={dialog} className="face-large" aria-label={name} onClose={onClose}>
      <IconButton icon="close" label={t('profile.close')} onClick={onClose} />
      <img src={pictureUrl(picture, 640)} alt={name} />
    </dialog>
  );
}
