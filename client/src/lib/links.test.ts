import { describe, expect, it } from 'vitest';
import { mayDeceive, linksIn } from './links';

const links = (text: string) => linksIn(text).map(({ text: shown, href }) => [shown, href]);
const link = (address: string, href = address) => [[address, href]];

describe('links', () => {
  it.each([
    ['see https://en.wikipedia.org/wiki/Rook_(bird)', 'https://en.wikipedia.org/wiki/Rook_(bird)'],
    [
      '(see https://en.wikipedia.org/wiki/Rook_(bird))',
      'https://en.wikipedia.org/wiki/Rook_(bird)',
    ],
    ['Go to https://example.org/a?b=1#c.', 'https://example.org/a?b=1#c'],
    ['"https://example.org", he said', 'https://example.org'],
    ['見て「https://example.org/a」。', 'https://example.org/a'],
    ['https://example.org/a。次', 'https://example.org/a'],
    ['https://日本語.jp/', 'https://日本語.jp/'],
    ['<https://example.org>', 'https://example.org'],
    ['http://localhost:8080/x', 'http://localhost:8080/x'],
  ])('%s', (text, address) => expect(links(text)).toEqual(link(address)));

  it('need neither small letters nor a scheme', () => {
    expect(links('HTTPS://EXAMPLE.ORG/A')).toEqual(link('HTTPS://EXAMPLE.ORG/A'));
    expect(links('www.example.de/a, please')).toEqual(
      link('www.example.de/a', 'http://www.example.de/a'),
    );
    expect(links('on example.com!')).toEqual(link('example.com', 'http://example.com'));
    expect(links('write to ada@example.co.uk.')).toEqual(
      link('ada@example.co.uk', 'mailto:ada@example.co.uk'),
    );
  });

  it.each([
    'main.rs and notes.md',
    'version 1.2.3',
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://example.org',
    '// a comment',
    'https://evil.example/\u202emoc.elgoog',
    'e.g. this',
    'plain words',
  ])('are none: %s', (text) => {
    expect(links(text)).toEqual([]);
  });

  it('say where they stand', () => {
    const text = 'a https://example.org/x, b';
    const [link] = linksIn(text);
    expect(text.slice(link?.from, link?.to)).toBe('https://example.org/x');
  });

  it('lead where they say: nothing before an @ passes for the host', () => {
    expect(links('https://bank.example@evil.example/').map(([, href]) => href)).not.toContain(
      'https://bank.example@evil.example/',
    );
  });

  it('show what a host of mixed scripts is', () => {
    const cyrillic = 'https://аррӏе.com/id';
    expect(links(cyrillic)).toEqual([['https://xn--80ak6aa92e.com/id', cyrillic]]);
    expect(links('www.аррӏе.com')[0]?.[0]).toBe('www.xn--80ak6aa92e.com');
    expect(links('ada@аррӏе.com')[0]?.[0]).toBe('ada@xn--80ak6aa92e.com');
  });

  it.each([
    ['аррӏе.com', true],
    ['gооgle.com', true],
    ['ɡoogle.com', true],
    ['αpple.com', true],
    ['apple.com', false],
    ['bücher.de', false],
    ['việt-nam.vn', false],
    ['日本語.jp', false],
    ['пример.рф', false],
    ['127.0.0.1', false],
  ])('%s deceives: %s', (host, deceives) => expect(mayDeceive(host)).toBe(deceives));
});
