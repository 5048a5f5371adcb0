import { skipToken } from '@reduxjs/toolkit/query';
import { useEffect, useState } from 'react';
import { useClientConfigQuery } from '@/api/auth';
import { useLinkPreviewQuery } from '@/api/previews';
import type { LinkPreview } from '@/api/types';
import { useSettled } from '@/components/useSettled';

/** A page is asked for once its address was not changed for so long. */
const SETTLED_MS = 600;

/** Text without one of these has no address of a page in it. */
const MAY_HAVE_PAGE = /[.:]/u;

/** What goes along with a text of the page that it links to first, and how that is declined. */
export function usePreview(
  text: string,
  active: boolean,
): { preview: LinkPreview | null; decline: () => void } {
  const { data: config } = useClientConfigQuery();
  const offered = active && config?.features.includes('link_previews') === true;
  const settled = useSettled(text, SETTLED_MS);
  const [found, setFound] = useState<{ text: string; address: string | null } | null>(null);
  const [declined, setDeclined] = useState<string | null>(null);
  const looksAt = offered && MAY_HAVE_PAGE.test(settled);
  useEffect(() => {
    if (!looksAt) return undefined;
    let current = true;
    // Without the library there is no preview; the text goes out all the same.
    import('@/lib/links').then(
      ({ pageIn }) => {
        if (current) setFound({ text: settled, address: pageIn(settled) });
      },
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [looksAt, settled]);
  const address = looksAt && found?.text === settled ? found.address : null;
  // What was typed since may have another address, or none.
  const wanted = address !== null && address !== declined && text.includes(address);
  const { currentData } = useLinkPreviewQuery(wanted ? address : skipToken);
  return {
    preview: wanted ? (currentData ?? null) : null,
    decline: () => setDeclined(address),
  };
}
