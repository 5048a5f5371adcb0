import { Fragment } from 'react';

/** An address, without the punctuation that ends the sentence around it. */
const LINK = /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}'])/gu;

/** A message's text with its web addresses as links. */
export function MessageText({ text }: { text: string }) {
  // Splitting by a pattern with one group puts the matches at the odd places.
  return text.split(LINK).map((part, index) =>
    index % 2 === 1 ? (
      <a key={index} href={part} target="_blank" rel="noopener noreferrer">
        {part}
      </a>
    ) : (
      <Fragment key={index}>{part}</Fragment>
    ),
  );
}
