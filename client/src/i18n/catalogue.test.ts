import { describe, expect, it } from 'vitest';
import ar from './ar.json';
import de from './de.json';
import first from './en.json';
import later from './en.later.json';
import es from './es.json';
import { LANGUAGES } from './languages';

/** Texts that are the same as in English in a language, because that is the word there. */
const SAME_AS_ENGLISH: Record<string, readonly string[]> = {
  de: [
    'auth.code',
    'auth.handle',
    'common.chats',
    'common.online',
    'conversation.announced',
    'conversation.onlineCount_one',
    'conversation.onlineCount_other',
    'info.admin',
    'media.audio',
    'media.times',
    'media.video',
    'search.kinds.link',
    'search.kinds.video',
    'settings.system',
  ],
  es: ['common.chats', 'conversation.announced', 'media.audio', 'media.times'],
  ar: ['conversation.announced', 'media.times'],
};

/** The text before the suffix that names a plural form. */
const PLURAL = /^(.*)_(zero|one|two|few|many|other)$/;

function flat(tree: object, path = ''): Map<string, string> {
  return new Map(
    Object.entries(tree).flatMap(([key, value]: [string, unknown]): [string, string][] =>
      typeof value === 'object' && value !== null
        ? [...flat(value, `${path}${key}.`)]
        : [[path + key, String(value)]],
    ),
  );
}

const english = new Map([...flat(first), ...flat(later)]);

/** The names of all texts that a language must have: its own plural forms for each counted one. */
function wanted(language: string): string[] {
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const keys = [...english.keys()].flatMap((key) => {
    const base = PLURAL.exec(key)?.[1];
    return base === undefined ? [key] : forms.map((form) => `${base}_${form}`);
  });
  return [...new Set(keys)].sort();
}

const placeholders = (text: string): Set<string> =>
  new Set([...text.matchAll(/\{\{(\w+)/g)].map((match) => match[1] ?? ''));

const TRANSLATED: [string, Map<string, string>][] = [
  ['de', flat(de)],
  ['es', flat(es)],
  ['ar', flat(ar)],
];

describe.each([['en', english] as const, ...TRANSLATED])(
  'the catalogue of %s',
  (language, texts) => {
    it('has every text and no other, each plural in the forms of its language', () => {
      expect([...texts.keys()].sort()).toEqual(wanted(language));
      expect([...texts].filter(([, text]) => text.trim() === '')).toEqual([]);
    });

    it('fills in what English fills in; a plural may put a number into words', () => {
      for (const [key, text] of texts) {
        const base = PLURAL.exec(key)?.[1];
        const original = english.get(key) ?? english.get(`${base ?? ''}_other`) ?? '';
        const [filled, expected] = [placeholders(text), placeholders(original)];
        const missing = [...expected].filter((name) => !filled.has(name));
        const invented = [...filled].filter((name) => !expected.has(name) && name !== 'count');
        const excused =
          base === undefined ? [] : ['count', ...(key.endsWith('_zero') ? ['name'] : [])];
        expect([key, missing.filter((name) => !excused.includes(name)), invented]).toEqual([
          key,
          [],
          [],
        ]);
      }
    });
  },
);

it.each(TRANSLATED)('%s is translated', (language, texts) => {
  const same = [...texts].filter(([key, text]) => english.get(key) === text).map(([key]) => key);
  expect(same.sort()).toEqual([...(SAME_AS_ENGLISH[language] ?? [])].sort());
});

it('are as many as can be chosen', () => {
  expect(Object.keys(LANGUAGES).sort()).toEqual(['ar', 'de', 'en', 'es']);
});
