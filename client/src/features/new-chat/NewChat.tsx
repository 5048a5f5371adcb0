import { useTranslation } from 'react-i18next';
import { navigate } from '@/components/navigation';
import { useCreateConversationMutation } from '@/api/chats';
import type { User } from '@/api/types';
import { PaneHeader } from '@/components/PaneHeader';
import { PeopleSearch } from '@/components/PeopleSearch';
import { Alert } from '@/components/ui/Alert';
import { Icon } from '@/components/ui/Icon';
import { useOpenOwnChat } from '@/components/useOpenOwnChat';
import { uuidV7 } from '@/lib/uuid';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import './new-chat.css';

/** Finds a person and opens the chat with them, which the server makes if there is none. */
export function NewChat() {
  const { t } = useTranslation();
  const [create, { error, isLoading }] = useCreateConversationMutation();
  const selfId = useAppSelector(selectSelfId);
  const own = useOpenOwnChat();

  const open = async (user: User) => {
    if (user.id === selfId) {
      await own.open({ replace: true });
      return;
    }
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
      <Alert error={error ?? own.error} />
      <PeopleSearch withSelf onPick={(user) => void open(user)} busy={isLoading || own.isLoading} />
    </>
  );
}
