import { useMemo } from 'react';
import type { Atom } from '@/lib/formatting';
import { linksIn } from '@/lib/links';
import { merged } from '@/lib/messageText';
import { FormattedText } from './FormattedText';

interface Props {
  text: string;
  mentions: Atom[];
  expansionKey: string;
}

/** A message's text with its web and mail addresses as links. */
export default function LinkedText({ text, mentions, expansionKey }: Props) {
  const atoms = useMemo(() => merged(linksIn(text), mentions), [text, mentions]);
  return <FormattedText text={text} atoms={atoms} expansionKey={expansionKey} />;
}
