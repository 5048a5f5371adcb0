import { useTranslation } from 'react-i18next';
import { useCreateConversationMutation } from '@/api/chats';
import { describeProblem, isProblem } from '@/api/problem';
import { navigate } from '@/components/navigation';
import { useOpenOwnChat } from '@/components/useOpenOwnChat';
import { ActionSheet } from '@/components/ui/ActionSheet';
import { isolated, nameOf } from '@/lib/names';
import { uuidV7 } from '@/lib/uuid';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { selectDirectWith, selectPeople } from '@/store/selectors';

interface Props {
  userId: string;
  /** Tells why there is no chat with them. */
  onNotice: (text: string) => void;
  onClose: () => void;
}

/** Somebody whom a message names: who they are, and the way to a chat with them. */
export function PersonSheet({ userId, onNotice, onClose }: Props) {
  const { t } = useTranslation();
  const person = useAppSelector(selectPeople)[userId];
  const known = useAppSelector((state) => selectDirectWith(state, userId)?.id);
  const [create] = useCreateConversationMutation();
  const selfId = useAppSelector(selectSelfId);
  const own = useOpenOwnChat();
  if (!person) return null;
  const open = async () => {
    const body = { kind: 'direct' as const, member_ids: [userId], client_id: uuidV7() };
    const { data, error } = await create(body);
    if (data) navigate(`/chats/${data.id}`);
    else if (isProblem(error)) onNotice(describeProblem(error));
  };
  const name = isolated(nameOf(person));
  return (
    <ActionSheet
      title={
        <>
          <bdi>{nameOf(person)}</bdi> <bdi className="person-handle">@{person.handle}</bdi>
        </>
      }
      actions={[
        {
          label: t('info.message', { name }),
          icon: 'chat',
          run: () => {
            if (userId === selfId) void own.open();
            else if (known === undefined) void open();
            else navigate(`/chats/${known}`);
          },
        },
      ]}
      onClose={onClose}
    />
  );
}
