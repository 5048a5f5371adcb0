import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginningOf, blocksOf, plainText, type Block, type Inline } from './formatting';

/** Marks as tags, so that what is nested can be read. */
function drawn(parts: Inline[]): string {
  return parts
    .map((part) => {
      if (part.type === 'atom') return `[${part.atom.text}]`;
      if ('children' in part) return `<${part.type}>${drawn(part.children)}</${part.type}>`;
      return part.type === 'code' ? `<code>${part.text}</code>` : part.text;
    })
    .join('');
}

function shown(block: Block): string {
  switch (block.type) {
    case 'lines':
      return drawn(block.children);
    case 'quote':
      return `<quote>${drawn(block.children)}</quote>`;
    case 'code':
      return `<pre>${block.text}</pre>`;
    case 'list':
      return block.items
        .map(({ number, children }) => `(${block.numbered ? number : '•'}) ${drawn(children)}`)
        .join('|');
  }
}

const all = (text: string) => blocksOf(text).map(shown);
const line = (text: string) => all(text).join('¶');

describe('marks', () => {
  it.each([
    ['*bold*', '<bold>bold</bold>'],
    ['_italic_', '<italic>italic</italic>'],
    ['~struck~', '<struck>struck</struck>'],
    ['`code`', '<code>code</code>'],
    ['say *it*, please', 'say <bold>it</bold>, please'],
    ['(*in*)', '(<bold>in</bold>)'],
    ['*two words* and *more*', '<bold>two words</bold> and <bold>more</bold>'],
    ['*_both_*', '<bold><italic>both</italic></bold>'],
    ['*a _b ~c~_*', '<bold>a <italic>b <struck>c</struck></italic></bold>'],
    ['*مرحبا* بك', '<bold>مرحبا</bold> بك'],
    ['_你好_。', '<italic>你好</italic>。'],
    ['*🦜*', '<bold>🦜</bold>'],
    ['❤️*close*❤️', '❤️<bold>close</bold>❤️'],
    ['👩‍👩‍👧*a*', '👩‍👩‍👧<bold>a</bold>'],
  ])('%s', (text, expected) => expect(line(text)).toBe(expected));

  it.each([
    '5 * 3 * 2',
    'a*b*c',
    'snake_case_name',
    '__init__',
    '**twice**',
    '*open',
    'close*',
    '*',
    '_ _',
    '~5 to ~10',
    'مر*حب*ا',
    'e\u0301*x*',
    '𝒜*x*',
    '``',
    '` `',
    '`open',
    '``` open',
    ':_(',
    '>_<',
    '¯\\_(ツ)_/¯',
  ])('are none in %s', (text) => expect(line(text)).toBe(text));

  it('end with the line', () => {
    expect(line('*a\nb*')).toBe('*a\nb*');
    expect(line('*a*\n_b_')).toBe('<bold>a</bold>\n<italic>b</italic>');
  });

  it('that cross count in the order in which they close', () => {
    expect(line('*a _b* c_')).toBe('<bold>a _b</bold> c_');
    expect(line('_a *b_ c')).toBe('<italic>a *b</italic> c');
  });

  it('are none in code, and code is none in a word', () => {
    expect(line('`*a*`')).toBe('<code>*a*</code>');
    expect(line('*a `b* c`')).toBe('*a <code>b* c</code>');
    expect(line('x ```y *z*``` w')).toBe('x <code>y *z*</code> w');
  });

  it('are none in addresses and names', () => {
    const text = '_see_ https://a.b/_c_ *@ben*';
    const address = { from: 6, to: 21, text: 'https://a.b/_c_', href: 'https://a.b/_c_' };
    const name = { from: 23, to: 27, text: '@Ben', userId: 'ben' };
    expect(blocksOf(text, [address, name]).map(shown)).toEqual([
      '<italic>see</italic> [https://a.b/_c_] <bold>[@Ben]</bold>',
    ]);
    expect(blocksOf(`\`${text}\``, [{ ...address, from: 7, to: 22 }]).map(shown)).toEqual([
      `<code>${text}</code>`,
    ]);
  });
});

describe('blocks', () => {
  it.each([
    ['```let x = *1*;```', ['<pre>let x = *1*;</pre>']],
    ['```\na\n\n  b\n```', ['<pre>a\n\n  b</pre>']],
    ['before\n```\ncode\n```\nafter', ['before', '<pre>code</pre>', 'after']],
    ['```\nopen\n*a*', ['```\nopen\n<bold>a</bold>']],
    ['``````', ['``````']],
    ['> quoted *so*\n> and on\nnot', ['<quote>quoted <bold>so</bold>\nand on</quote>', 'not']],
    ['>not', ['>not']],
    ['> ', ['> ']],
    ['a > b', ['a > b']],
    ['- one\n- *two*', ['(•) one|(•) <bold>two</bold>']],
    ['* one\n* two', ['(•) one|(•) two']],
    ['* a*b', ['(•) a*b']],
    ['1. one\n2. two', ['(1) one|(2) two']],
    ['3. Mai', ['(3) Mai']],
    ['- a\n1. b', ['(•) a', '(1) b']],
    ['-5 degrees', ['-5 degrees']],
    ['1.5 litres', ['1.5 litres']],
    ['- ', ['- ']],
    ['2026. was good', ['2026. was good']],
    ['a\n\nb *c*', ['a\n\nb <bold>c</bold>']],
    ['- a\n\nb', ['(•) a', '\nb']],
    ['', []],
    ['\n', ['\n']],
  ])('of %j', (text, expected) => expect(all(text)).toEqual(expected));
});

describe('a preview', () => {
  it.each([
    ['*a* _b_ ~c~ `d`', 'a b c d'],
    ['> quoted\nsaid', 'quoted\nsaid'],
    ['- one\n- two', '• one\n• two'],
    ['1. one', '1. one'],
    ['```\ncode\n```', 'code'],
    ['5 * 3', '5 * 3'],
  ])('of %j', (text, expected) => expect(plainText(text)).toBe(expected));
});

describe('the beginning of a long text', () => {
  const beginning = (text: string, units: number) =>
    beginningOf(blocksOf(text), units).map(shown).join('¶');

  it('ends between words and keeps its marks whole', () => {
    expect(beginning('one *two three four* five', 12)).toBe('one <bold>two</bold>');
    expect(beginning('- one\n- two\n- three', 6)).toBe('(•) one|(•) two');
    expect(beginning('```one two```', 5)).toBe('<pre>one</pre>');
    expect(beginning('short', 10)).toBe('short');
  });

  it('never ends within a character', () => {
    expect(beginning('🦜🦜🦜', 3)).toBe('🦜');
  });
});

describe('any text', () => {
  const written = fc.string({
    unit: fc.constantFrom('*', '_', '~', '`', '>', '-', '1', '. ', '\n', 'a', '😀', 'ب', '@'),
  });

  it('loses nothing but marks', () => {
    const bare = (text: string) => text.replace(/[*_~`>\-•\s]/gu, '');
    fc.assert(
      fc.property(written, (text) => {
        expect(bare(plainText(text))).toBe(bare(text));
      }),
    );
  });

  it.each(['*a ', '_*~', '`', '```', '``` a\n', '> *a\n', '- _a\n', '@', '*a _b ~c* ', '`a``'])(
    'of a hundred thousand times %j is read once',
    (piece) => {
      // Linear, it takes some hundred milliseconds on a slow machine; squared, minutes.
      const text = piece.repeat(100_000);
      const started = performance.now();
      blocksOf(text);
      expect(performance.now() - started).toBeLessThan(15_000);
    },
  );
});
