import { describe, expect, it } from 'vitest';
import { describeProblem } from '@/api/problem';
import { isolated } from '@/lib/names';
import { rowTime, waitInWords } from '@/lib/time';
import { unsentInWords } from '@/lib/unsent';
import { currentLanguage, showLanguage, t } from './i18n';
import { languageOf, preferredLanguage } from './languages';

describe('the language', () => {
  it('is the first of the reader’s that there is, or English', () => {
    expect(preferredLanguage(['fr-FR', 'es-MX', 'de'])).toBe('es');
    expect(preferredLanguage(['ar-EG'])).toBe('ar');
    expect(preferredLanguage(['fr', 'constructor'])).toBe('en');
    expect(languageOf('browser', ['de-AT'])).toBe('de');
    expect(languageOf('ar', ['de-AT'])).toBe('ar');
  });

  it('turns the page round where it runs from right to left', async () => {
    await showLanguage('ar');
    expect([document.documentElement.lang, document.documentElement.dir]).toEqual(['ar', 'rtl']);
    await showLanguage('de');
    expect([document.documentElement.lang, document.documentElement.dir]).toEqual(['de', 'ltr']);
  });

  it('is the one chosen last, whichever is loaded first', async () => {
    await Promise.all([showLanguage('es'), showLanguage('en')]);
    expect(currentLanguage()).toBe('en');
  });
});

describe('in another language', () => {
  it('dates, plurals and lists are its own', async () => {
    await showLanguage('de');
    const now = new Date(2026, 4, 15, 12, 0);
    expect(rowTime(new Date(2026, 4, 14, 9).toISOString(), now)).toBe('Gestern');
    expect(rowTime(new Date(2026, 4, 11, 9).toISOString(), now)).toBe('Montag');
    expect(waitInWords(900_000)).toBe('15 Minuten');
    expect(unsentInWords({ messages: 2, drafts: 1 })).toBe(
      '2 nicht gesendete Nachrichten und 1 Entwurf',
    );
    expect(t('common.memberCount', { count: 1_234 })).toBe('1.234 Mitglieder');
    await showLanguage('ar');
    const members = [1, 2, 3, 11].map((count) => t('common.memberCount', { count }));
    expect(new Set(members.map((text) => text.replace(/^\S+ (?=عض|أع)/u, ''))).size).toBe(4);
  });

  it('refusals are told by their code, and in the server’s words only where it has none', async () => {
    await showLanguage('es');
    const refusal = {
      kind: 'http',
      status: 422,
      detail: 'the detail',
      retryAfterMs: null,
    } as const;
    expect(describeProblem({ ...refusal, code: 'blocked' })).toContain('no admite mensajes');
    expect(describeProblem({ ...refusal, code: 'never_heard' })).toBe('The detail.');
    expect(describeProblem({ ...refusal, code: 'toString' })).toBe('The detail.');
    expect(
      describeProblem({ ...refusal, status: 503, code: 'busy', retryAfterMs: 60_000 }),
    ).toContain('60 segundos');
  });

  it('a name is isolated where it runs against the sentence', async () => {
    expect(isolated('Ada')).toBe('Ada');
    await showLanguage('ar');
    expect(isolated('Ada')).toBe('\u2068Ada\u2069');
  });
});
