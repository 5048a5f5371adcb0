import { Fragment, useMemo, type ReactNode } from 'react';
import { partsOf } from '@/lib/links';

/** A message's text with its web and mail addresses as links. */
export default function LinkedText({ text }: { text: string }): ReactNode {
  const parts = useMemo(() => partsOf(text), [text]);
  return parts.map((part, index) =>
    part.href === undefined ? (
      <Fragment key={index}>{part.text}</Fragment>
    ) : (
      // An address reads from left to right also in a text that does not.
      <a key={index} href={part.href} dir="ltr" target="_blank" rel="noopener noreferrer">
        {part.text}
      </a>
    ),
  );
}
