import { lazy, Suspense, type ReactNode } from 'react';

interface Props {
  text: string;
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

export function MessageText({ text }: Props) {
  if (!MAY_HAVE_LINK.test(text)) return text;
  return (
    <Suspense fallback={text}>
      <LinkedText text={text} />
    </Suspense>
  );
}
