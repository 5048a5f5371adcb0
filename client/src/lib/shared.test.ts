import { describe, expect, it, vi } from 'vitest';
import { sharedText, takeSharedFiles } from './shared';

describe('what another app shares', () => {
  it('is one text in which nothing stands twice', () => {
    const whole = (words: Record<string, string>) => sharedText(`?${new URLSearchParams(words)}`);
    const url = 'https://rooks.test/nests';
    expect(whole({ title: 'Nests', text: 'high up', url })).toBe(`Nests\nhigh up\n${url}`);
    expect(whole({ title: 'Nests', text: `Nests are high: ${url}`, url })).toBe(
      `Nests are high: ${url}`,
    );
    expect(whole({ title: url, text: '  ', url })).toBe(url);
    expect(sharedText('')).toBe('');
  });

  it('is taken once, and is not wanted any more after an hour', async () => {
    const kept = new Map<string, Response[]>();
    const share = (name: string, at: number) => {
      const headers = {
        'content-type': 'image/png',
        'x-name': encodeURIComponent(name),
        'x-shared-at': String(at),
      };
      const files = kept.get('rookery-shared') ?? [];
      kept.set('rookery-shared', [...files, new Response(name, { headers })]);
    };
    vi.stubGlobal('caches', {
      open: (name: string) =>
        Promise.resolve({ matchAll: () => Promise.resolve(kept.get(name) ?? []) }),
      delete: (name: string) => Promise.resolve(kept.delete(name)),
    });
    const hour = 60 * 60 * 1_000;
    share('grüße 100%.png', 5 * hour);
    share('old.png', 3 * hour);
    const [file, ...others] = await takeSharedFiles(5.5 * hour);
    expect(others).toEqual([]);
    expect([file?.name, file?.type]).toEqual(['grüße 100%.png', 'image/png']);
    expect(await takeSharedFiles(5.5 * hour)).toEqual([]);
    vi.unstubAllGlobals();
  });
});
