import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useProfileQuery } from '@/api/profiles';
import { PaneHeader } from '@/components/PaneHeader';
import { LargeFace } from '@/components/picture/LargeFace';
import { useOpenChat } from '@/components/useOpenChat';
import { Icon } from '@/components/ui/Icon';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { faceOf, peerOf, selectChat, selectPeople } from '@/store/selectors';
import { ContactActions } from './ContactActions';
import { EditGroup } from './EditGroup';
import { GroupMembers } from './GroupMembers';
import { InfoAction } from './InfoAction';
import { Lifetime } from './Lifetime';
import './chat-info.css';

/** Who is in a chat, and what the user can do about it. */
export function ChatInfo({ id }: { id: string }) {
  const { t } = useTranslation();
  const chat = useAppSelector((state) => selectChat(state, id));
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  const [editing, setEditing] = useState(false);
  useOpenChat(id);
  if (!chat) return null;
  const face = faceOf(chat, people, selfId);
  const peer = peerOf(chat, people, selfId);
  const mayEdit = chat.kind === 'group' && (chat.roles[selfId] ?? 'member') !== 'member';
  const settled = chat.state === 'active' && !chat.awaitsOther && !chat.blocked;
  const mayChoose = chat.kind === 'group' ? mayEdit : settled;
  return (
    <>
      <PaneHeader
        title={chat.kind === 'group' ? t('info.group') : t('info.contact')}
        backTo={`/chats/${id}`}
      />
      <div className="pane-body pane-ground">
        <section className="chat-info-face" aria-label={face.name}>
          <LargeFace face={face} />
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
          {peer ? <About userId={peer.id} /> : <Words text={chat.description} />}
        </section>
        <section className="card">
          {mayEdit && (
            <InfoAction
              icon="edit"
              label={t('profile.editGroup')}
              onClick={() => setEditing(true)}
            />
          )}
          <Lifetime chat={chat} mayChoose={mayChoose} />
          <Link className="person-row chat-info-action" to={`/chats/${id}/media`}>
            <span className="chat-info-icon">
              <Icon name="picture" size={22} />
            </span>
            {t('allMedia.title')}
          </Link>
        </section>
        {peer ? <ContactActions chat={chat} peer={peer} /> : <GroupMembers chat={chat} />}
      </div>
      {editing && mayEdit && <EditGroup chat={chat} onClose={() => setEditing(false)} />}
    </>
  );
}

/** What somebody says about themselves, where they show it to the user. */
function About({ userId }: { userId: string }) {
  const { data } = useProfileQuery(userId);
  return <Words text={data?.about ?? ''} />;
}

function Words({ text }: { text: string }) {
  if (text === '') return null;
  return (
    <p className="chat-info-words" dir="auto">
      {text}
    </p>
  );
}
