import { useTranslation } from 'react-i18next';
import { isolated } from '@/lib/names';
import { operationEnded } from '@/model/operations';
import { selectSelfId } from '@/model/session';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { selectChat, selectPeople, selectRefusedArrangements, titleOf } from '@/store/selectors';

/** Says what the server has not made of a chat, and why. */
export function RefusedChanges() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const refused = useAppSelector(selectRefusedArrangements).at(0);
  const chat = useAppSelector((state) => refused && selectChat(state, refused.conversationId));
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  if (!refused || !chat) return null;
  return (
    <div className="refused-change" role="alert">
      <p>
        {t('chats.notChanged', {
          name: isolated(titleOf(chat, people, selfId)),
          reason: refused.reason,
        })}
      </p>
      <button
        type="button"
        className="button button-quiet"
        onClick={() => dispatch(operationEnded(refused.opId))}
      >
        {t('common.dismiss')}
      </button>
    </div>
  );
}
