import { useTranslation } from 'react-i18next';
import { useInfoInfiniteQuery } from '@/api/messageDetails';
import type { Reach } from '@/api/types';
import { Avatar } from '@/components/ui/Avatar';
import { Name } from '@/components/ui/Name';
import { Ticks } from '@/components/ui/Ticks';
import { nameOf } from '@/lib/names';
import { clockTime, dayLabel } from '@/lib/time';
import { PagedSheet } from './PagedSheet';

interface Props {
  conversationId: string;
  messageId: string;
  onClose: () => void;
}

const STAGES = ['read', 'delivered', 'sent'] as const;
type Stage = (typeof STAGES)[number];

const stageOf = ({ read, delivered }: Reach): Stage =>
  read ? 'read' : delivered ? 'delivered' : 'sent';

/** Who has got and read one of the user's messages, and when as far as that is known. */
export function MessageInfo({ conversationId, messageId, onClose }: Props) {
  const { t } = useTranslation();
  const query = useInfoInfiniteQuery(
    { conversationId, messageId },
    { refetchOnMountOrArgChange: true },
  );
  const all = query.data?.pages.flatMap((page) => page.members) ?? [];
  return (
    <PagedSheet title={t('message.info')} query={query} onClose={onClose}>
      <div className="reaction-people">
        {STAGES.map((stage) => {
          const reached = all.filter((reach) => stageOf(reach) === stage);
          if (reached.length === 0) return null;
          const title = t(`message.reached.${stage}`);
          return (
            <section key={stage} aria-label={title} data-testid={`info-${stage}`}>
              <h3 className="info-stage">
                <Ticks status={stage} />
                {title}
              </h3>
              <ul>
                {reached.map((reach) => (
                  <ReachRow key={reach.user.id} reach={reach} />
                ))}
              </ul>
            </section>
          );
        })}
      </div>
    </PagedSheet>
  );
}

function ReachRow({ reach: { user, read_at, delivered_at } }: { reach: Reach }) {
  const { t } = useTranslation();
  return (
    <li className="person-row" data-handle={user.handle}>
      <Avatar id={user.id} name={nameOf(user)} picture={user.picture_id} size="header" />
      <span className="person-names">
        <span className="person-name">
          <Name name={nameOf(user)} />
        </span>
        {read_at !== null && (
          <span className="person-handle">
            {t('message.readAt', { when: `${dayLabel(read_at)} ${clockTime(read_at)}` })}
          </span>
        )}
        {delivered_at !== null && (
          <span className="person-handle">
            {t('message.deliveredAt', {
              when: `${dayLabel(delivered_at)} ${clockTime(delivered_at)}`,
            })}
          </span>
        )}
      </span>
    </li>
  );
}
