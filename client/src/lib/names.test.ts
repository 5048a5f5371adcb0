import { describe, expect, it } from 'vitest';
import folded from '../../../core-service/testdata/folded-names.json';
import { fold, matches } from './fold';
import { alikeIds, isolated, nameOf, skeleton, visibleName } from './names';

const user = (display_name: string, handle = 'eve') => ({ id: handle, handle, display_name });

describe('a name', () => {
  it('is shown without what turns it round or hides', () => {
    expect(visibleName('Eve \u202egnimoh ecarG')).toBe('Eve gnimoh ecarG');
    expect(visibleName('Gra\u200bce\u2066')).toBe('Grace');
    expect(visibleName('👩\u200d🚀 Ada')).toBe('👩\u200d🚀 Ada');
  });

  it('is the handle where there is nothing to see', () => {
    expect(nameOf(user('\u200b'))).toBe('@eve');
    expect(nameOf(user('\u200d \u3164'))).toBe('@eve');
    expect(nameOf(undefined)).toBe('Someone');
  });

  it('is isolated in a sentence where it runs the other way', () => {
    expect(isolated('דנה')).toBe('\u2068דנה\u2069');
    expect(isolated('Dana')).toBe('Dana');
  });

  it.each([
    ['Ben Franklin', 'Вen Frаnklin'],
    ['Grace Hopper', 'grace  hopper'],
    ['Ida', 'lda'],
    ['Müller', 'Muller'],
    ['Emma', 'Ernma'],
    ['Ada', 'Ａｄａ'],
  ])('%s is taken for %s', (one, other) => expect(skeleton(one)).toBe(skeleton(other)));

  it('is told apart from another one only where both are known', () => {
    const users = [user('Ben', 'ben'), user('Веn', 'evil'), user('Cat', 'cat')];
    expect([...alikeIds(users)].sort()).toEqual(['ben', 'evil']);
  });
});

describe('a search', () => {
  it.each(folded)('folds %s to %s, as the server does', (name, plain) => {
    expect(fold(name)).toBe(plain);
  });

  it.each([
    ['Jürgen Müller', 'muller'],
    ['Jürgen Müller', 'mueller jur'],
    ['Jürgen Müller', 'MÜLLER'],
    ['Łukasz Żółć', 'lukasz zolc'],
    ['Søren', 'soren'],
    ['Straße', 'strasse'],
    ['José', 'jose'],
    ['İbrahim', 'ibrahim'],
    ['شَمْس', 'شمس'],
  ])('finds %s by %s', (name, search) => expect(matches(name, search)).toBe(true));

  it('wants every word', () => expect(matches('Jürgen Müller', 'muller anna')).toBe(false));
});
