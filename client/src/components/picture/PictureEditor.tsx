import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SerializedError } from '@reduxjs/toolkit';
import type { Problem } from '@/api/problem';
import { later } from '@/components/later';
import { Alert } from '@/components/ui/Alert';
import { Avatar } from '@/components/ui/Avatar';
import { useAppDispatch } from '@/store/hooks';
import { uploadPicture } from './uploadPicture';
import './picture.css';

const CropDialog = later(() => import('./CropDialog').then((file) => file.CropDialog));

interface Outcome {
  error?: Problem | SerializedError | undefined;
}

interface Props {
  id: string;
  name: string;
  picture: string | null | undefined;
  /** Makes a face of an attachment; null: shows none any more. Answers why it could not. */
  onSet: (attachmentId: string | null) => Promise<Outcome>;
}

/** A face that can be changed: chosen, cut, sent. */
export function PictureEditor({ id, name, picture, onSet }: Props) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const field = useRef<HTMLInputElement>(null);
  const [chosen, setChosen] = useState<{ file: File; url: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Problem | SerializedError>();

  useEffect(
    () => () => {
      if (chosen) URL.revokeObjectURL(chosen.url);
    },
    [chosen],
  );

  const change = async (work: () => Promise<Outcome>) => {
    setBusy(true);
    setError(undefined);
    const told = await work();
    setError(told.error);
    setBusy(false);
  };
  const send = (cut: Blob) => {
    setChosen(null);
    void change(async () => {
      const told = await dispatch(uploadPicture(cut));
      return told.error ? { error: told.error } : onSet(told.data.id);
    });
  };
  return (
    <div className="picture-editor" aria-busy={busy}>
      <Avatar id={id} name={name} picture={picture} size="info" />
      <div className="picture-actions">
        <button
          type="button"
          className="button button-quiet"
          disabled={busy}
          onClick={() => field.current?.click()}
        >
          {t(picture ? 'profile.change' : 'profile.choose')}
        </button>
        {picture && (
          <button
            type="button"
            className="button button-quiet"
            disabled={busy}
            onClick={() => void change(() => onSet(null))}
          >
            {t('profile.remove')}
          </button>
        )}
      </div>
      <input
        ref={field}
        type="file"
        hidden
        tabIndex={-1}
        accept="image/*"
        aria-label={t('profile.choose')}
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file) setChosen({ file, url: URL.createObjectURL(file) });
          // The same file can be chosen once more.
          currentTarget.value = '';
        }}
      />
      <Alert error={error} />
      {chosen && <CropDialog {...chosen} onCut={send} onClose={() => setChosen(null)} />}
    </div>
  );
}
