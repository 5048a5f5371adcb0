import { expect, it } from 'vitest';
import { textDirection } from './direction';

it.each([
  ['hello', 'ltr'],
  ['مرحبا hello', 'rtl'],
  ['12: שלום', 'rtl'],
  ['+49 30 …', null],
  ['🥾', null],
])('the direction of “%s” is that of its first letter', (text, direction) => {
  expect(textDirection(text)).toBe(direction);
});
