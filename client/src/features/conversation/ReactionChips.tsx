import { useTranslation } from 'react-i18next';
import type { Reaction } from '@/api/types';
import { inDigits } from '@/lib/locale';

/** Kinds of emoji that are shown; the number counts all. */
const SHOWN_MAX = 3;

interface Props {
  reactions: Reaction[];
  mine: string | null;
  onShow: () => void;
}

/** The reactions to a message, over the lower edge of its bubble. */
export function ReactionChips({ reactions, mine, onShow }: Props) {
  const { t } = useTranslation();
  const total = reactions.reduce((sum, { count }) => sum + count, 0);
  const most = [...reactions].sort((a, b) => b.count - a.count).slice(0, SHOWN_MAX);
  const words = most.map(({ emoji, count }) => `${emoji} ${inDigits(count)}`).join(', ');
  return (
    <button
      type="button"
      className={mine === null ? 'reactions' : 'reactions reactions-mine'}
      data-testid="reactions"
      aria-label={t('reaction.summary', { reactions: words })}
      onClick={onShow}
    >
      {most.map(({ emoji }) => (
        <span key={emoji}>{emoji}</span>
      ))}
      {total > 1 && <span className="reaction-count">{inDigits(total)}</span>}
    </button>
  );
}
