import { useTranslation } from 'react-i18next';
import { Alert } from '@/components/ui/Alert';
import { Avatar } from '@/components/ui/Avatar';
import { isolated, nameOf } from '@/lib/names';
import type { Chat } from '@/model/chats/types';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { faceOf, selectPeople } from '@/store/selectors';
import { useRequest } from './useRequest';

/** A group that the user left and is asked back to: it shows nothing else before they accept. */
export function GroupRequest({ chat }: { chat: Chat }) {
  const { t } = useTranslation();
  const selfId = useAppSelector(selectSelfId);
  const people = useAppSelector(selectPeople);
  const { accept, decline, busy, error } = useRequest(chat.id);
  const face = faceOf(chat, people, selfId);
  const asker = chat.memberIds.find((id) => id !== selfId);

  return (
    <section
      className="group-request"
      aria-label={t('conversation.request')}
      data-testid="group-request"
    >
      <Avatar {...face} size="info" />
      <h2>
        <bdi>{face.name}</bdi>
      </h2>
      <p>
        {asker === undefined
          ? t('conversation.askedBack')
          : t('conversation.askedBackBy', { name: isolated(nameOf(people[asker])) })}
      </p>
      <p>{t('conversation.leftBefore')}</p>
      <Alert error={error} />
      <div className="contact-bar-actions">
        <button
          type="button"
          className="button button-quiet"
          disabled={busy}
          onClick={() => void decline()}
        >
          {t('conversation.decline')}
        </button>
        <button type="button" className="button button-primary" disabled={busy} onClick={accept}>
          {t('conversation.accept')}
        </button>
      </div>
    </section>
  );
}
