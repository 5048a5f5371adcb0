import { useTranslation } from 'react-i18next';
import type { LinkPreview } from '@/api/types';
import { IconButton } from '@/components/ui/IconButton';
import { PreviewBody } from './PreviewCard';

interface Props {
  preview: LinkPreview;
  onDecline: () => void;
}

/** Above the composer's field: what goes along of the page that is linked to. */
export function PreviewBar({ preview, onDecline }: Props) {
  const { t } = useTranslation();
  return (
    <div
      className="composer-bar composer-preview"
      role="group"
      aria-label={t('preview.goesAlong')}
      data-testid="composer-preview"
    >
      <div className="preview">
        <PreviewBody preview={preview} large={false} />
      </div>
      <IconButton icon="close" label={t('preview.decline')} onClick={onDecline} />
    </div>
  );
}
