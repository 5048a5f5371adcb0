import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useAcceptInvitationMutation, useInvitationQuery } from '@/api/invites';
import { isProblem } from '@/api/problem';
import { navigate } from '@/components/navigation';
import { Alert } from '@/components/ui/Alert';
import { Avatar } from '@/components/ui/Avatar';
import { Skeleton } from '@/components/ui/Skeleton';
import { visibleName } from '@/lib/names';
import './join.css';

/** What a link into a group leads to, and the way in. */
export function Join({ token }: { token: string }) {
  const { t } = useTranslation();
  const { data, error } = useInvitationQuery(token, { refetchOnMountOrArgChange: true });
  const [accept, { error: refusal, isLoading }] = useAcceptInvitationMutation();
  const gone = isProblem(error) && error.kind === 'http' && error.status === 404;
  const title = visibleName(data?.title ?? '') || t('common.group');

  const join = async () => {
    const { data: chat } = await accept(token);
    if (chat) navigate(`/chats/${chat.id}`, { replace: true });
  };

  return (
    <main className="join">
      <div className="join-card">
        {data && !gone ? (
          <>
            <Avatar id={token} name={title} size="info" />
            <h1>
              <bdi>{title}</bdi>
            </h1>
            <p className="join-text">
              {data.is_member
                ? t('invite.alreadyIn')
                : t('common.memberCount', { count: data.member_count })}
            </p>
            <Alert error={refusal} />
            <button
              type="button"
              className="button button-primary button-wide"
              disabled={isLoading}
              onClick={() => void join()}
            >
              {t(data.is_member ? 'invite.open' : 'invite.join')}
            </button>
          </>
        ) : gone ? (
          <>
            <h1>{t('invite.gone')}</h1>
            <p className="join-text">{t('invite.goneText')}</p>
          </>
        ) : error ? (
          <Alert error={error} />
        ) : (
          <Skeleton of="rows" />
        )}
        <Link className="button button-quiet button-wide button-link" to="/">
          {t('requests.toChats')}
        </Link>
      </div>
    </main>
  );
}
