const STRONG = /\p{L}/u;
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Whether a text has letters of a script that runs from right to left. */
export const hasRightToLeft = (text: string): boolean => RIGHT_TO_LEFT.test(text);

/** The direction of a text by its first letter, as `dir="auto"` finds it; null without one. */
export function textDirection(text: string): 'ltr' | 'rtl' | null {
  const letter = STRONG.exec(text)?.[0];
  if (letter === undefined) return null;
  return RIGHT_TO_LEFT.test(letter) ? 'rtl' : 'ltr';
}

/**
 * The `dir` of a field: that of what is typed. An empty one takes the page's, which `auto` would
 * not: its placeholder and its caret would stand on the left of an Arabic page.
 */
export const fieldDirection = (value: unknown): 'auto' | undefined =>
  value === '' ? undefined : 'auto';
