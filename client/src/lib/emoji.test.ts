import { describe, expect, it } from 'vitest';
import { isFewEmoji } from './emoji';

describe('few emoji', () => {
  it('are one to three of any kind, with nothing beside them', () => {
    for (const text of ['🎉', '🎉 🎉\n🎉', '👩🏽‍🚀👨‍👩‍👧‍👦', '🇩🇪🇪🇸', '1️⃣', '❤️', '❤️‍🔥', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', '©️']) {
      expect(isFewEmoji(text), text).toBe(true);
    }
    for (const text of ['', ' ', '🎉🎉🎉🎉', 'a🎉', '12', '🎉!', '🇩', '\u200D', '\uFE0F']) {
      expect(isFewEmoji(text), text).toBe(false);
    }
  });
});
