import { lazy, Suspense, type ReactNode } from 'react';

interface Props {
  text: string;
}

interface MessageTextProps extends Props {
  /** From or to somebody who has not accepted: addresses stay as they were written. */
  plain: boolean;
}

/** Text without one of these has no address in it. */
const MAY_HAVE_LINK = /[:.@]/u;

function PlainText({ text }: Props): ReactNode {
  return text;
}

/** The library that finds addresses loads with the first text that may have one. */
const LinkedText = lazy(() =>
  // Without a network, text without links is better than none.
  import('./LinkedText').catch(() => ({ default: PlainText })),
);

export function MessageText({ text, plain }: MessageTextProps) {
  if (plain || !MAY_HAVE_LINK.test(text)) return text;
  return (
    <Suspense fallback={text}>
      <LinkedText text={text} />
    </Suspense>
  );
}
