/** So many times the font size that the reader has chosen in the browser, in pixels. */
export function rem(count: number): number {
  const size = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return count * (Number.isNaN(size) ? 16 : size);
}
