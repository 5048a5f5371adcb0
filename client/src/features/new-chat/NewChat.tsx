import { useTranslation } from 'react-i18next';
import { navigate } from '@/components/navigation';
import { useCreateConversationMutation } from '@/api/chats';
import type { User } from '@/api/types';
import { PaneHeader } from '@/components/PaneHeader';
import { PeopleSearch } from '@/components/PeopleSearch';
import { Alert } from '@/components/ui/Alert';
import { Icon } from '@/components/ui/Icon';
import { uuidV7 } from '@/lib/uuid';
import './new-chat.css';

/** Finds a person and opens the chat with them, which the server makes if there is none. */
export function NewChat() {
  const { t } = useTranslation();
  const [create, { error, isLoading }] = useCreateConversationMutation();

  const open = async (user: User) => {
    const { data } = await create({
      kind: 'direct',
      member_ids: [user.id],
      client_id: uuidV7(),
    });
    if (data) navigate(`/chats/${data.id}`, { replace: true });
  };

  return (
    <>
      <PaneHeader title={t('common.newChat')} backTo="/" />
      <button type="button" className="person-row" onClick={() => navigate('/new/group')}>
        <span className="new-group-icon">
          <Icon name="group" />
        </span>
        <span className="person-name">{t('common.newGroup')}</span>
      </button>
      <Alert error={error} />
      <PeopleSearch onPick={(user) => void open(user)} busy={isLoading} />
    </>
  );
}
