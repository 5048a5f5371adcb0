import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useInfoInfiniteQuery } from '@/api/messageDetails';
import type { Reach } from '@/api/types';
import { Alert } from '@/components/ui/Alert';
import { Avatar } from '@/components/ui/Avatar';
import { Name } from '@/components/ui/Name';
import { ShowMore } from '@/components/ui/ShowMore';
import { Ticks } from '@/components/ui/Ticks';
import { useModal } from '@/components/useModal';
import { nameOf } from '@/lib/names';
import { clockTime, dayLabel } from '@/lib/time';

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
  const dialog = useModal();
  const titleId = useId();
  const { data, error, isFetching, hasNextPage, fetchNextPage } = useInfoInfiniteQuery(
    { conversationId, messageId },
    { refetchOnMountOrArgChange: true },
  );
  const all = data?.pages.flatMap((page) => page.members) ?? [];
  return (
    <dialog ref={dialog} className="dialog sheet" aria-labelledby={titleId} onClose={onClose}>
      <h2 id={titleId} className="sheet-title">
        {t('message.info')}
      </h2>
      <Alert error={error} />
      {!data && !error && (
        <p className="reaction-note" role="status">
          {t('common.loading')}
        </p>
      )}
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
      {hasNextPage && <ShowMore isLoading={isFetching} onMore={() => void fetchNextPage()} />}
      <button type="button" className="button button-quiet button-wide" onClick={onClose}>
        {t('common.dismiss')}
      </button>
    </dialog>
  );
}

function ReachRow({ reach: { user, read_at, delivered_at } }: { reach: Reach }) {
  const { t } = useTranslation();
  return (
    <li className="person-row" data-handle={user.handle}>
      <Avatar id={user.id} name={nameOf(user)} size="header" />
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
