import { useTranslation } from 'react-i18next';
import { Icon } from '@/components/ui/Icon';

/** One tap away; every other emoji is behind the picker. */
const QUICK = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

interface Props {
  /** The user's reaction until now; choosing it again takes it back. */
  mine: string | null;
  onReact: (emoji: string | null) => void;
  onMore: () => void;
}

/** The emoji that most people react with, and the way to the others. */
export function QuickReactions({ mine, onReact, onMore }: Props) {
  const { t } = useTranslation();
  const shown = mine === null || QUICK.includes(mine) ? QUICK : [...QUICK.slice(0, -1), mine];
  return (
    <div className="quick-reactions" role="group" aria-label={t('reaction.react')}>
      {shown.map((emoji) => (
        <button
          key={emoji}
          type="button"
          className="icon-button quick-reaction"
          aria-label={t('reaction.with', { emoji })}
          aria-pressed={emoji === mine}
          onClick={() => onReact(emoji === mine ? null : emoji)}
        >
          <span aria-hidden="true">{emoji}</span>
        </button>
      ))}
      <button
        type="button"
        className="icon-button quick-reaction"
        aria-label={t('reaction.more')}
        title={t('reaction.more')}
        onClick={onMore}
      >
        <Icon name="plus" size={22} />
      </button>
    </div>
  );
}
