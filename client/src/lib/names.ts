/** What people call themselves, made fit to be shown: a name must not pass for something else. */
import type { User } from '@/api/types';
import { currentLanguage, t } from '@/i18n/i18n';
import { directionOf } from '@/i18n/languages';
import { hasRightToLeft } from './direction';
import { fold } from './fold';

/**
 * Characters that turn text round or that nobody sees. The two joiners stay, because Persian, Indic
 * scripts and emoji need them; so do what selects an emoji's form and what makes flags.
 */
const DECEPTIVE =
  /(?!\p{Variation_Selector}|[\u200c\u200d]|[\u{e0020}-\u{e007f}])\p{Default_Ignorable_Code_Point}|[\u2028\u2029\u2800\ufff9-\ufffb]/gu;
const JOINERS = /[\u200c\u200d]/gu;

const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

/** A name, or a group's title, without what deceives; empty if nothing is left to see. */
export function visibleName(name: string): string {
  const shown = name.replace(DECEPTIVE, '').trim();
  return shown.replace(JOINERS, '').trim() === '' ? '' : shown;
}

/** What a person is called; the handle where the name shows nothing. */
export function nameOf(user: User | undefined): string {
  if (!user) return t('common.someone');
  // Nobody chooses a handle with a hyphen.
  if (user.handle.startsWith('deleted-')) return t('common.deletedAccount');
  return visibleName(user.display_name) || `@${user.handle}`;
}

/**
 * A name inside a sentence. One that runs against the sentence would draw the words beside it to its
 * other side, so it is isolated; the others stay as plain as they are.
 */
export function isolated(name: string): string {
  const foreign = hasRightToLeft(name) || directionOf(currentLanguage()) === 'rtl';
  return foreign ? FIRST_STRONG_ISOLATE + name + POP_ISOLATE : name;
}

/** Characters of other scripts, and digits, that look like Latin letters (small ones, folded). */
const LOOKALIKES: Record<string, string> = {
  а: 'a',
  с: 'c',
  ԁ: 'd',
  е: 'e',
  һ: 'h',
  н: 'h',
  і: 'i',
  ӏ: 'i',
  ј: 'j',
  к: 'k',
  м: 'm',
  о: 'o',
  р: 'p',
  ԛ: 'q',
  ѕ: 's',
  т: 't',
  в: 'b',
  ԝ: 'w',
  х: 'x',
  у: 'y',
  α: 'a',
  β: 'b',
  ε: 'e',
  ι: 'i',
  κ: 'k',
  ν: 'v',
  ο: 'o',
  ρ: 'p',
  τ: 't',
  υ: 'u',
  χ: 'x',
  ζ: 'z',
  l: 'i',
  '1': 'i',
  '|': 'i',
  '0': 'o',
};

/** Equal for two names that a hurried reader takes for the same one. */
export function skeleton(name: string): string {
  return Array.from(fold(visibleName(name)).replace(/[\s\p{P}\p{Cf}]/gu, ''))
    .map((character) => LOOKALIKES[character] ?? character)
    .join('')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w');
}

/** The ids of those whose names are as good as another one's: the handle has to tell them apart. */
export function alikeIds(users: readonly User[]): Set<string> {
  const first = new Map<string, string>();
  const alike = new Set<string>();
  for (const user of users) {
    const key = skeleton(nameOf(user));
    const other = first.get(key);
    if (other === undefined) first.set(key, user.id);
    else if (other !== user.id) alike.add(other).add(user.id);
  }
  return alike;
}
