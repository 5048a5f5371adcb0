import { readdirSync, readFileSync } from 'node:fs';
import { converter, inGamut, interpolate, parse, wcagContrast, type Oklch } from 'culori';
import { describe, expect, it } from 'vitest';
import { GROUND } from '@/app/page';
import { PERSON_COLOURS } from '@/lib/identity';

const TOKENS = readFileSync('src/app/styles/tokens.css', 'utf8');
const THEMES = ['light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

const oklch = converter('oklch');

/** A colour of one theme, as the style sheet has it. */
function colour(name: string, theme: Theme): Oklch {
  const pair = new RegExp(`--${name}: light-dark\\((oklch\\([^)]*\\)), (oklch\\([^)]*\\))\\)`).exec(
    TOKENS,
  );
  const parsed = oklch(parse(pair?.[theme === 'light' ? 1 : 2] ?? ''));
  if (!parsed) throw new Error(`tokens.css has no colour --${name}`);
  return parsed;
}

const people = Array.from({ length: PERSON_COLOURS }, (_, n) => `person-${n}`);

/** What stands on what, and how much it must differ. */
const TEXT_ON = [
  'bg',
  'surface',
  'surface-2',
  'raised',
  'hover',
  'selected',
  'other',
  'own',
  'quote',
  'own-quote',
  'accent-soft',
];
const CONTRASTS: [foreground: string, grounds: string[], least: number][] = [
  ['text', TEXT_ON, 7],
  ['muted', TEXT_ON.filter((name) => name !== 'own'), 4.5],
  ['own-muted', ['own'], 4.5],
  ['accent', ['bg', 'surface', 'raised', 'hover', 'selected', 'accent-soft'], 4.5],
  ['accent-strong', ['accent-soft', 'own', 'other'], 4.5],
  ['on-accent', ['accent', 'accent-strong'], 4.5],
  ['danger', ['bg', 'surface', 'raised', 'own', 'danger-soft', 'chat-bg'], 4.5],
  ['live', ['surface', 'hover', 'selected'], 4.5],
  ['online', ['surface'], 3],
  ['field-line', ['surface', 'bg'], 3],
  ['tick', ['own', 'surface', 'hover', 'selected'], 3],
  ['tick-read', ['own', 'surface', 'hover', 'selected'], 3],
];

describe.each(THEMES)('in the %s theme', (theme) => {
  it.each(CONTRASTS)('%s can be read on %j at %d : 1', (foreground, grounds, least) => {
    for (const ground of grounds) {
      const found = wcagContrast(colour(foreground, theme), colour(ground, theme));
      expect([ground, found >= least || found]).toEqual([ground, true]);
    }
  });

  it('the bubbles and their ground stand apart', () => {
    const [own, other, ground] = ['own', 'other', 'chat-bg'].map((name) => colour(name, theme).l);
    const least = theme === 'light' ? 0.05 : 0.06;
    for (const [one = 0, two = 0] of [
      [own, other],
      [own, ground],
      [other, ground],
    ]) {
      expect(Math.abs(one - two)).toBeGreaterThanOrEqual(least);
    }
  });

  it('a read tick differs from a delivered one by hue and by lightness', () => {
    const [tick, read] = [colour('tick', theme), colour('tick-read', theme)];
    expect(wcagContrast(tick, read)).toBeGreaterThanOrEqual(2);
    expect(Math.abs((tick.h ?? 0) - (read.h ?? 0))).toBeGreaterThanOrEqual(30);
  });

  it('people have twelve hues apart, one lightness, and names and initials that can be read', () => {
    const accent = colour('accent', theme).h ?? 0;
    const tint = Number(/--person-tint: (\d+)%/.exec(TOKENS)?.[1]) / 100;
    const surface = colour('surface', theme);
    for (const [n, name] of people.entries()) {
      const person = colour(name, theme);
      expect(person).toMatchObject({
        l: colour('person-0', theme).l,
        c: colour('person-0', theme).c,
      });
      expect(person.h).toBe((accent + 20 + 29 * n) % 360);
      for (const ground of ['other', 'quote', 'own-quote']) {
        expect(wcagContrast(person, colour(ground, theme))).toBeGreaterThanOrEqual(4.5);
      }
      const disc = interpolate([surface, person], 'oklab')(tint);
      expect(wcagContrast(person, disc)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('the browser’s own bars have the colour of the ground', () => {
    expect(wcagContrast(GROUND[theme], colour('bg', theme))).toBeLessThan(1.02);
  });
});

it('every colour can be shown on every screen', () => {
  const names = [...TOKENS.matchAll(/--([\w-]+): light-dark\(oklch\([^/)]*\),/g)].map(
    ([, name]) => name ?? '',
  );
  expect(names.length).toBeGreaterThan(30);
  const outside = names.filter((name) =>
    THEMES.some((theme) => !inGamut('rgb')(colour(name, theme))),
  );
  expect(outside).toEqual([]);
});

it('no other style sheet has a size or a colour of its own', () => {
  const sheets = ['app/styles', ...readdirSync('src/features').map((name) => `features/${name}`)]
    // The operator's page has a density of its own.
    .filter((folder) => folder !== 'features/admin')
    .flatMap((folder) => readdirSync(`src/${folder}`).map((name) => `src/${folder}/${name}`))
    .filter((path) => path.endsWith('.css') && !path.endsWith('tokens.css'));
  const own = sheets.flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => !line.startsWith('@media'))
      .filter((line) => /\d(px)\b|#[0-9a-f]{3,8}\b|\b(rgb|oklch|hsl)\(|font-size: [\d.]/.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );
  expect(own).toEqual([
    'src/features/conversation/conversation.css: background-image: radial-gradient(var(--chat-dots) 1.5px, transparent 1.5px);',
  ]);
});
