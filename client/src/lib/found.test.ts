import { describe, expect, it } from 'vitest';
import { piecesOf, wordsOf } from './found';

/** With the words that were found between brackets. */
const shown = (text: string, search: string) =>
  piecesOf(text, search)
    .map((piece) => (piece.found ? `[${piece.text}]` : piece.text))
    .join('');

describe('what is shown of a message that was found', () => {
  it('marks the words, however they are written', () => {
    expect(shown('Müller und Muller gehen', 'muell')).toBe('[Müller] und Muller gehen');
    expect(shown('Müller und Muller gehen', 'MULL geh')).toBe('[Müller] und [Muller] [gehen]');
    expect(shown('no such word', 'other')).toBe('no such word');
    expect(shown('مَرْحَبًا بكم', 'مرحبا')).toBe('[مَرْحَبًا] بكم');
  });

  it('begins near the first of them and has an end', () => {
    const words = Array.from({ length: 100 }, (_, n) => `word${n}`).join('\n');
    const text = shown(words, 'word77');
    expect(text).toMatch(/^…word\d+ .*\[word77\] .*…$/);
    expect(text.length).toBeLessThan(170);
    expect(shown(`${'a'.repeat(500)} b`, 'a').length).toBeLessThan(170);
  });

  it('is asked for only where there is a word', () => {
    expect(wordsOf(' 🎉 -- ')).toEqual([]);
    expect(wordsOf('a, b')).toEqual(['a', 'b']);
  });
});
