import { use, useRef, useState, type ChangeEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ActionSheet } from '@/components/ui/ActionSheet';
import { IconButton } from '@/components/ui/IconButton';
import { DESKTOP_INPUT, useMediaQuery } from '@/components/useMediaQuery';
import { AttachContext } from './attachContext';

/** Opens what can be sent besides text; nothing where that is not allowed. */
export function AttachButton() {
  const { t } = useTranslation();
  const attaching = use(AttachContext);
  const desktop = useMediaQuery(DESKTOP_INPUT);
  const media = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState<{ at: { x: number; y: number } | null } | null>(null);
  if (!attaching) return null;
  const take = ({ currentTarget }: ChangeEvent<HTMLInputElement>) => {
    attaching.pick([...(currentTarget.files ?? [])]);
    // The same file can be chosen once more.
    currentTarget.value = '';
  };
  const actions = [
    { label: t('attach.media'), icon: 'picture' as const, run: () => media.current?.click() },
    { label: t('attach.file'), icon: 'file' as const, run: () => files.current?.click() },
    // A desktop has no camera that it would open by this.
    ...(desktop
      ? []
      : [
          {
            label: t('attach.camera'),
            icon: 'camera' as const,
            run: () => camera.current?.click(),
          },
        ]),
  ];
  const hidden = { type: 'file', hidden: true, tabIndex: -1, onChange: take };
  return (
    <>
      <IconButton
        icon="attach"
        label={t('attach.attach')}
        aria-haspopup="dialog"
        onClick={({ currentTarget }) => {
          const { left, right, top } = currentTarget.getBoundingClientRect();
          const rtl = getComputedStyle(currentTarget).direction === 'rtl';
          setOpen({ at: desktop ? { x: rtl ? right : left, y: top } : null });
        }}
      />
      <input
        {...hidden}
        ref={media}
        aria-label={t('attach.media')}
        multiple
        accept="image/*,video/*"
      />
      <input {...hidden} ref={files} aria-label={t('attach.file')} multiple />
      <input
        {...hidden}
        ref={camera}
        aria-label={t('attach.camera')}
        accept="image/*"
        capture="environment"
      />
      {open && (
        <ActionSheet
          title={t('attach.attach')}
          actions={actions}
          at={open.at}
          onClose={() => setOpen(null)}
        />
      )}
    </>
  );
}
