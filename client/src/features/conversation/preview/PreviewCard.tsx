import { useState } from 'react';
import { previewImageUrl } from '@/api/previews';
import type { LinkPreview } from '@/api/types';
import { hostOf, hrefOf } from './address';
import { isLarge } from './size';
import './preview.css';

/** What a message shows of the page that it links to. */
export function PreviewCard({ preview }: { preview: LinkPreview }) {
  return (
    <a
      className={isLarge(preview) ? 'preview preview-large' : 'preview'}
      href={hrefOf(preview.url)}
      target="_blank"
      rel="noopener noreferrer"
      data-testid="link-preview"
    >
      <PreviewBody preview={preview} large={isLarge(preview)} />
    </a>
  );
}

interface BodyProps {
  preview: LinkPreview;
  /** The picture stands above the words. */
  large: boolean;
}

export function PreviewBody({ preview, large }: BodyProps) {
  const { id, url, title, description, site_name: site, image } = preview;
  const [failed, setFailed] = useState(false);
  return (
    <>
      {image && !failed && (
        <img
          className={large ? 'preview-banner' : 'preview-thumbnail'}
          src={previewImageUrl(id)}
          alt=""
          loading="lazy"
          onError={() => setFailed(true)}
        />
      )}
      <span className="preview-words">
        <span className="preview-title" dir="auto">
          {title}
        </span>
        {description !== '' && (
          <span className="preview-description" dir="auto">
            {description}
          </span>
        )}
        <bdi className="preview-site">{site === '' ? hostOf(url) : `${site} · ${hostOf(url)}`}</bdi>
      </span>
    </>
  );
}
