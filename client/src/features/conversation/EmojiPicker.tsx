import { EmojiPicker as Picker, type EmojiPickerListComponents } from 'frimousse';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { DESKTOP_INPUT, useMediaQuery } from '@/components/useMediaQuery';
import { currentLanguage } from '@/i18n/i18n';

/** Eight fit into a phone's width and can be touched. */
const COLUMNS = 8;

/** Whoever reads another language searches in English. */
const NAMED_IN = ['en', 'de', 'es'] as const;

const PARTS: Partial<EmojiPickerListComponents> = {
  CategoryHeader: ({ category, ...props }) => (
    <div {...props} className="emoji-category">
      {category.label}
    </div>
  ),
  // ARIA counts from one, the library from nought. It finds rows again by their number, so only the
  // first row goes without.
  Row: ({ children, 'aria-rowindex': row, ...props }) => (
    // Emoji have no direction: so the arrow keys go where they point, in every language.
    <div {...props} dir="ltr" aria-rowindex={row === 0 ? undefined : row} className="emoji-row">
      {children}
    </div>
  ),
  Emoji: ({ emoji, 'aria-colindex': column = 0, ...props }) => (
    <button
      {...props}
      type="button"
      role="gridcell"
      aria-colindex={column + 1}
      className="emoji-choice"
    >
      {emoji.emoji}
    </button>
  ),
};

/** All emoji with their names in the reader's language, as this server's own files have them. */
export function EmojiPicker({ onChoose }: { onChoose: (emoji: string) => void }) {
  const { t } = useTranslation();
  const language = currentLanguage();
  const search = useRef<HTMLInputElement>(null);
  const desktop = useMediaQuery(DESKTOP_INPUT);
  // On a phone its keyboard would cover the emoji.
  useEffect(() => {
    if (desktop) search.current?.focus();
  }, [desktop]);
  return (
    <Picker.Root
      className="emoji-picker"
      columns={COLUMNS}
      locale={NAMED_IN.find((name) => name === language) ?? 'en'}
      emojibaseUrl={import.meta.env.EMOJI_DATA as string}
      onEmojiSelect={({ emoji }) => onChoose(emoji)}
    >
      <div className="search-field">
        <Picker.Search
          ref={search}
          aria-label={t('emoji.search')}
          placeholder={t('emoji.search')}
        />
      </div>
      <Picker.Viewport className="emoji-viewport">
        <Picker.Loading className="emoji-note">{t('common.loading')}</Picker.Loading>
        <Picker.Empty className="emoji-note">{t('emoji.none')}</Picker.Empty>
        <Picker.List components={PARTS} />
      </Picker.Viewport>
      <Picker.SkinToneSelector className="emoji-tone" aria-label={t('emoji.tone')} />
    </Picker.Root>
  );
}
