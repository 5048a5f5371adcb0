import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Avatar, pictureUrl } from '@/components/ui/Avatar';
import { IconButton } from '@/components/ui/IconButton';
import { useModal } from '@/components/useModal';
import './picture.css';

interface Props {
  face: { id: string; name: string; picture?: string | null | undefined };
}

/** The face at the top of a screen; where it is a picture, it is shown as large as the screen. */
export function LargeFace({ face }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  if (!face.picture) return <Avatar {...face} size="info" />;
  return (
    <>
      <button
        type="button"
        className="face-open"
        aria-label={t('profile.show')}
        onClick={() => setOpen(true)}
      >
        <Avatar {...face} size="info" />
      </button>
      {open && <Large {...face} picture={face.picture} onClose={() => setOpen(false)} />}
    </>
  );
}

function Large({ name, picture, onClose }: { name: string; picture: string; onClose: () => void }) {
  const { t } = useTranslation();
  const dialog = useModal();
  return (
    <dialog ref={dialog} className="face-large" aria-label={name} onClose={onClose}>
      <IconButton icon="close" label={t('profile.close')} onClick={onClose} />
      <img src={pictureUrl(picture, 640)} alt={name} />
    </dialog>
  );
}
