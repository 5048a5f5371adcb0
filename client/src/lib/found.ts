/** What is shown of a message that was found: the part where the words are, and which they are. */
import { fold, matches } from './fold';

/** A piece of a text; found when it is one of the words that were looked for. */
export interface Piece {
  text: string;
  found: boolean;
}

const WORD = /[\p{L}\p{N}\p{M}]+/gu;

/** About two lines of a narrow list. */
const BEFORE_CHARS = 32;
const SHOWN_CHARS = 160;

/** The words of a search, as far as there are any. */
export function wordsOf(search: string): string[] {
  return search.match(WORD) ?? [];
}

/** True for a word of a text that begins as one of those that were looked for. */
function isFound(word: string, wanted: string[]): boolean {
  return wanted.some(
    (one) => fold(word).startsWith(fold(one)) || (word.length <= SHOWN_CHARS && matches(word, one)),
  );
}

/** The part of a text in which the first of the words is, on one line. */
export function piecesOf(text: string, search: string): Piece[] {
  const wanted = wordsOf(search);
  const line = text.replaceAll(/\s+/gu, ' ').trim();
  const found = [...line.matchAll(WORD)].filter(([word]) => isFound(word, wanted));
  const first = found[0]?.index ?? 0;
  let begin = 0;
  if (first > BEFORE_CHARS) {
    // At a word's beginning, if there is one nearby.
    const blank = line.indexOf(' ', first - BEFORE_CHARS);
    begin = blank >= 0 && blank < first ? blank + 1 : first;
  }
  const end = begin + SHOWN_CHARS;
  const pieces: Piece[] = [];
  let at = begin;
  const add = (to: number, isWord: boolean) => {
    if (to > at) pieces.push({ text: line.slice(at, to), found: isWord });
    at = Math.max(at, to);
  };
  for (const { index, 0: word } of found) {
    if (index < begin || index >= end) continue;
    add(index, false);
    add(Math.min(index + word.length, end), true);
  }
  add(Math.min(line.length, end), false);
  if (begin > 0) pieces.unshift({ text: '…', found: false });
  if (end < line.length) pieces.push({ text: '…', found: false });
  return pieces;
}
