import { lazy, Suspense, useMemo } from 'react';
import type { Atom } from '@/lib/formatting';
import { mentionAtoms } from '@/lib/mentions';
import { addressAtoms, merged } from '@/lib/messageText';
import { useAppSelector } from '@/store/hooks';
import { selectPeople } from '@/store/selectors';
import { FormattedText } from './FormattedText';

interface TextProps {
  text: string;
  mentions: Atom[];
  /** What the message is remembered by once all of it is shown. */
  expansionKey: string;
}

interface Props {
  text: string;
  /** The ids of those whom it names. */
  mentions: string[];
  expansionKey: string;
  /** From or to somebody who has not accepted: addresses stay as they were written. */
  plain: boolean;
}

/** Text without one of these has no address in it. */
const MAY_HAVE_LINK = /[:.@]/u;

function WithoutLinks({ text, mentions, expansionKey }: TextProps) {
  const atoms = useMemo(() => merged(addressAtoms(text), mentions), [text, mentions]);
  return <FormattedText text={text} atoms={atoms} expansionKey={expansionKey} />;
}

/** The library that finds addresses loads with the first text that may have one. */
const LinkedText = lazy(() =>
  // Without a network, text without links is better than none.
  import('./LinkedText').catch(() => ({ default: WithoutLinks })),
);

export function MessageText({ text, mentions, expansionKey, plain }: Props) {
  const people = useAppSelector(selectPeople);
  const named = useMemo(() => mentionAtoms(text, mentions, people), [text, mentions, people]);
  const props = { text, mentions: named, expansionKey };
  if (plain || !MAY_HAVE_LINK.test(text)) return <WithoutLinks {...props} />;
  return (
    <Suspense fallback={<WithoutLinks {...props} />}>
      <LinkedText {...props} />
    </Suspense>
  );
}
