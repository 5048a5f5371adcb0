import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { useRemoveMemberMutation } from '@/api/chats';
import type { User } from '@/api/types';
import { PaneHeader } from '@/components/PaneHeader';
import { Alert } from '@/components/ui/Alert';
import { Avatar } from '@/components/ui/Avatar';
import { ConfirmDialog } from '@/components/ui/ConfirmDialog';
import { Icon } from '@/components/ui/Icon';
import { IconButton } from '@/components/ui/IconButton';
import { Name } from '@/components/ui/Name';
import { isolated, nameOf } from '@/lib/names';
import { LANGUAGE } from '@/lib/locale';
import { selectSelf } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { faceOf, peerOf, selectChat, selectPeople } from '@/store/selectors';
import './chat-info.css';

/** Who is in a chat; in a group, also who comes and goes. */
export function ChatInfo({ id }: { id: string }) {
  const chat = useAppSelector((state) => selectChat(state, id));
  const people = useAppSelector(selectPeople);
  const self = useAppSelector(selectSelf);
  const online = useAppSelector((state) => state.activity.online[id]);
  const [remove, { error, isLoading }] = useRemoveMemberMutation();
  const [leaving, setLeaving] = useState<User | null>(null);
  const navigate = useNavigate();
  if (!chat || !self) return null;

  const removeMember = async ({ id: userId }: User) => {
    const answer = await remove({ conversationId: id, userId });
    // There is nothing left here to go back to.
    if (userId === self.id && !answer.error) void navigate('/', { replace: true });
  };

  const face = faceOf(chat, people, self.id);
  const peer = peerOf(chat, people, self.id);
  const others = chat.memberIds
    .filter((member) => member !== self.id)
    .flatMap((member) => people[member] ?? [])
    .sort((a, b) => nameOf(a).localeCompare(nameOf(b), LANGUAGE));
  const isSelf = leaving?.id === self.id;

  return (
    <>
      <PaneHeader
        title={chat.kind === 'group' ? 'Group info' : 'Contact info'}
        backTo={`/chats/${id}`}
      />
      <div className="pane-body chat-info">
        <section className="chat-info-face" aria-label={face.name}>
          <Avatar {...face} size="large" />
          <p className="chat-info-name">
            <bdi>{face.name}</bdi>
          </p>
          <p className="person-handle">
            {peer ? `@${peer.handle}` : `Group · ${chat.memberCount} members`}
          </p>
        </section>
        {chat.kind === 'group' && (
          <>
            <Alert error={error} />
            <section className="chat-info-card" aria-label="Members">
              <Link className="person-row chat-info-action" to={`/chats/${id}/add`}>
                <span className="chat-info-icon">
                  <Icon name="personAdd" size={22} />
                </span>
                Add people
              </Link>
              <ul>
                {[self, ...others].map((member) => (
                  <li
                    key={member.id}
                    className="person-row"
                    data-testid="member"
                    data-handle={member.handle}
                  >
                    <Avatar
                      id={member.id}
                      name={nameOf(member)}
                      size="small"
                      online={online?.includes(member.id) ?? false}
                    />
                    <span className="person-names">
                      <span className="person-name">
                        {member.id === self.id ? 'You' : <Name name={nameOf(member)} />}
                      </span>
                      <span className="person-handle">@{member.handle}</span>
                    </span>
                    {member.id !== self.id && (
                      <IconButton
                        icon="close"
                        label={`Remove ${nameOf(member)}`}
                        disabled={isLoading}
                        onClick={() => setLeaving(member)}
                      />
                    )}
                  </li>
                ))}
              </ul>
            </section>
            <section className="chat-info-card">
              <button
                type="button"
                className="person-row chat-info-action chat-info-danger"
                disabled={isLoading}
                onClick={() => setLeaving(self)}
              >
                <span className="chat-info-icon">
                  <Icon name="leave" size={22} />
                </span>
                Leave group
              </button>
            </section>
          </>
        )}
      </div>
      {leaving && (
        <ConfirmDialog
          title={isSelf ? 'Leave this group?' : `Remove ${isolated(nameOf(leaving))}?`}
          confirm={isSelf ? 'Leave' : 'Remove'}
          onClose={() => setLeaving(null)}
          onConfirm={() => {
            setLeaving(null);
            void removeMember(leaving);
          }}
        >
          <p>
            {isSelf
              ? 'The chat disappears from all your devices.'
              : 'They no longer see new messages of this group.'}
          </p>
        </ConfirmDialog>
      )}
    </>
  );
}
