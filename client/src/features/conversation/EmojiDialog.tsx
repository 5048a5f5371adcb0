import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { later } from '@/components/later';
import { useModal } from '@/components/useModal';

/** With its library and the names of all emoji, which few need. */
const EmojiPicker = later(() => import('./EmojiPicker').then((file) => file.EmojiPicker), {
  waiting: Waiting,
});

function Waiting() {
  const { t } = useTranslation();
  return (
    <p className="emoji-note" role="status">
      {t('common.loading')}
    </p>
  );
}

interface Props {
  title: string;
  onChoose: (emoji: string) => void;
  onClose: () => void;
}

/** Every emoji there is, to choose one from. */
export function EmojiDialog({ title, onChoose, onClose }: Props) {
  const { t } = useTranslation();
  const dialog = useModal();
  const titleId = useId();
  return (
    // The backdrop is part of the dialog; the keyboard closes it by Escape.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- see above
    <dialog
      ref={dialog}
      className="dialog sheet"
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <h2 id={titleId} className="sheet-title">
        {title}
      </h2>
      <EmojiPicker onChoose={onChoose} />
      <button type="button" className="button button-quiet button-wide" onClick={onClose}>
        {t('common.cancel')}
      </button>
    </dialog>
  );
}
