import { describe, expect, it } from 'vitest';
import { isComposing, shortcutOf } from './keyboard';

interface Over {
  altKey?: boolean;
  ctrlKey?: boolean;
  key?: string;
  code?: string;
  isComposing?: boolean;
  keyCode?: number;
  altGraph?: boolean;
}

const press = (over: Over) => ({
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  key: '',
  code: '',
  isComposing: false,
  keyCode: 0,
  defaultPrevented: false,
  getModifierState: (name: string) => name === 'AltGraph' && over.altGraph === true,
  ...over,
});

describe('a key of an input method', () => {
  it('is none of the app’s, also the Enter with which Safari ends a composition', () => {
    expect(isComposing(press({ isComposing: true }))).toBe(true);
    expect(isComposing(press({ key: 'Enter', keyCode: 229 }))).toBe(true);
    expect(isComposing(press({ key: 'Enter', keyCode: 13 }))).toBe(false);
    expect(shortcutOf(press({ key: 'Escape', isComposing: true }))).toBe(null);
    expect(shortcutOf(press({ key: 'Escape', keyCode: 229 }))).toBe(null);
    expect(shortcutOf(press({ key: 'Escape' }))).toBe('close');
  });
});

describe('a shortcut', () => {
  const altN = { altKey: true, key: 'n', code: 'KeyN' };
  const altUp = { altKey: true, key: 'ArrowUp', code: 'ArrowUp' };

  it('is Alt with a key, whatever letter the layout has there', () => {
    expect(shortcutOf(press(altN), false)).toBe('new');
    expect(shortcutOf(press({ ...altN, key: 'т' }), false)).toBe('new');
    expect(shortcutOf(press(altUp), false)).toBe('previous');
    expect(shortcutOf(press({ ...altUp, code: 'ArrowDown' }), false)).toBe('next');
  });

  it('never takes what types: Option on Apple’s keyboards, dead keys, AltGr', () => {
    expect(shortcutOf(press(altN), true)).toBe(null);
    expect(shortcutOf(press(altUp), true)).toBe(null);
    expect(shortcutOf(press({ ...altN, ctrlKey: true }), true)).toBe('new');
    expect(shortcutOf(press({ ...altN, key: 'Dead' }), false)).toBe(null);
    expect(shortcutOf(press({ ...altN, ctrlKey: true, key: 'ń' }), false)).toBe(null);
    expect(shortcutOf(press({ ...altN, altGraph: true, key: 'ń' }), false)).toBe(null);
  });
});
