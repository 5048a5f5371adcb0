/** What a message says where it is not drawn with its marks: in lists, quotes and announcements. */
import type { User } from '@/api/types';
import { plainText, type Atom } from './formatting';
import { mentionAtoms } from './mentions';

const ADDRESS = /(?:https?:\/\/|www\.)\S+/giu;

/** Web addresses, whose `_` and `*` are no marks, as they were written. */
export function addressAtoms(text: string): Atom[] {
  return [...text.matchAll(ADDRESS)].map(({ index, 0: address }) => ({
    from: index,
    to: index + address.length,
    text: address,
  }));
}

/** Both in the order of the text; an address that has what looks like a mention in it is an address. */
export function merged(addresses: Atom[], mentions: Atom[]): Atom[] {
  if (addresses.length === 0) return mentions;
  let at = 0;
  const outside = mentions.filter(({ from }) => {
    while ((addresses[at]?.to ?? Infinity) <= from) at += 1;
    return (addresses[at]?.from ?? Infinity) > from;
  });
  return [...addresses, ...outside].sort((a, b) => a.from - b.from);
}

/** The text without marks, with the names of those whom it mentions. */
export function spokenText(
  { text, mentions = [] }: { text: string; mentions?: string[] | undefined },
  people: Partial<Record<string, User>>,
): string {
  return plainText(text, merged(addressAtoms(text), mentionAtoms(text, mentions, people)));
}
