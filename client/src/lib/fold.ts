/** Letters that Unicode does not take apart but that people type without their strokes. */
const PLAIN: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
};
const PLAIN_LETTER = new RegExp(`[${Object.keys(PLAIN).join('')}]`, 'gu');
/** Accents, and the vowel points of Hebrew and Arabic. */
const MARKS = /[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]/gu;
const SPELT_OUT: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue' };

/**
 * A text as people type it in a hurry: no capitals, no accents, no width variants. The server folds
 * names in the same way (`domain/search.rs`).
 */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(MARKS, '')
    .toLowerCase()
    .replace(PLAIN_LETTER, (letter) => PLAIN[letter] ?? letter);
}

/** True if every word of `search` is in `text`, in any order: "muller" and "mueller" find Müller. */
export function matches(text: string, search: string): boolean {
  const speltOut = text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[äöü]/gu, (letter) => SPELT_OUT[letter] ?? letter);
  const forms = `${fold(text)} ${fold(speltOut)}`;
  return fold(search)
    .split(/\s+/u)
    .every((word) => forms.includes(word));
}
