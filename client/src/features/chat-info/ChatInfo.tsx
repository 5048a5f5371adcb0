import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { PaneHeader } from '@/components/PaneHeader';
import { useOpenChat } from '@/components/useOpenChat';
import { Avatar } from '@/components/ui/Avatar';
import { Icon } from '@/components/ui/Icon';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { faceOf, peerOf, selectChat, selectPeople } from '@/store/selectors';
import { ContactActions } from './ContactActions';
import { GroupMembers } from './GroupMembers';
import './chat-info.css';

/** Who is in a chat, and what the user can do about it. */
export function ChatInfo({ id }: { id: string }) {
  const { t } = useTranslation();
  const chat = useAppSelector((state) => selectChat(state, id));
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  useOpenChat(id);
  if (!chat) return null;
  const face = faceOf(chat, people, selfId);
  const peer = peerOf(chat, people, selfId);
  return (
    <>
      <PaneHeader
        title={chat.kind === 'group' ? t('info.group') : t('info.contact')}
        backTo={`/chats/${id}`}
      />
      <div className="pane-body pane-ground">
        <section className="chat-info-face" aria-label={face.name}>
          <Avatar {...face} size="info" />
          <p className="chat-info-name">
            <bdi>{face.name}</bdi>
          </p>
          <p className="person-handle">
            <bdi>
              {peer
                ? `@${peer.handle}`
                : t('info.groupOf', {
                    members: t('common.memberCount', { count: chat.memberCount }),
                  })}
            </bdi>
          </p>
        </section>
        <section className="card">
          <Link className="person-row chat-info-action" to={`/chats/${id}/media`}>
            <span className="chat-info-icon">
              <Icon name="picture" size={22} />
            </span>
            {t('allMedia.title')}
          </Link>
        </section>
        {peer ? <ContactActions chat={chat} peer={peer} /> : <GroupMembers chat={chat} />}
      </div>
    </>
  );
}
