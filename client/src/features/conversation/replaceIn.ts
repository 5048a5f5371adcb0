/** Puts a piece in the place of a part of the field's text, and the caret behind it. */
export function replaceIn(
  field: HTMLTextAreaElement | null,
  [from, to]: [from: number, to: number],
  piece: string,
  write: (text: string) => void,
): void {
  if (!field) return;
  const { value } = field;
  write(value.slice(0, from) + piece + value.slice(to));
  const caret = from + piece.length;
  // Once the field has the new text.
  requestAnimationFrame(() => {
    field.focus();
    field.setSelectionRange(caret, caret);
  });
}
