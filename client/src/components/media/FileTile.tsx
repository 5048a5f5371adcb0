import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '@/components/ui/Icon';
import { IconButton } from '@/components/ui/IconButton';
import { useAppDispatch } from '@/store/hooks';
import { saveFile } from './links';
import type { Shown } from './shown';
import { extensionOf, sizeInWords } from './words';

/** “PDF · 1.4 MB”, each in its own direction. */
export function About({ kind, size }: { kind: string; size: number }) {
  return (
    <>
      {kind !== '' && (
        <>
          <bdi>{kind}</bdi> ·{' '}
        </>
      )}
      <bdi>{sizeInWords(size)}</bdi>
    </>
  );
}

/** A file, which is saved and never shown. */
export function FileTile({ shown, children }: { shown: Shown; children?: ReactNode }) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const { file, pending } = shown;
  const [failed, setFailed] = useState(false);
  const kind = extensionOf(file.name);
  return (
    <div className="media file-tile">
      {children ?? <Icon name="file" size={28} />}
      <span className="file-words">
        <span className="file-name">
          <bdi>{file.name}</bdi>
        </span>
        <span className="file-about" role={failed ? 'alert' : undefined}>
          {failed ? t('media.notSaved') : <About kind={kind} size={file.size} />}
        </span>
      </span>
      {!pending && (
        <IconButton
          icon="save"
          label={t('media.saveFile', { name: file.name })}
          onClick={() => {
            setFailed(false);
            void dispatch(saveFile(file)).then((saved) => setFailed(!saved));
          }}
        />
      )}
    </div>
  );
}
