import { expect, it } from 'vitest';
import { fieldDirection, textDirection } from './direction';

it.each([
  ['hello', 'ltr'],
  ['مرحبا hello', 'rtl'],
  ['12: שלום', 'rtl'],
  ['+49 30 …', null],
  ['🥾', null],
])('the direction of “%s” is that of its first letter', (text, direction) => {
  expect(textDirection(text)).toBe(direction);
});

it('a field has the direction of its text, and that of the page while it is empty', () => {
  expect(fieldDirection('')).toBeUndefined();
  expect(fieldDirection('مرحبا')).toBe('auto');
  // Not controlled: the browser alone knows what is in it.
  expect(fieldDirection(undefined)).toBe('auto');
});
