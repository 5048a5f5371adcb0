import { useState } from 'react';
import { Link } from 'wouter';
import {
  useCreateConversationMutation,
  useRemoveMemberMutation,
  useSetRoleMutation,
} from '@/api/chats';
import { navigate } from '@/components/navigation';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Role, User } from '@/api/types';
import { FaceDialog } from '@/components/picture/LargeFace';
import { ActionSheet } from '@/components/ui/ActionSheet';
import { Alert } from '@/components/ui/Alert';
import { ConfirmDialog } from '@/components/ui/ConfirmDialog';
import { Icon } from '@/components/ui/Icon';
import { isolated, nameOf } from '@/lib/names';
import { currentLanguage } from '@/i18n/i18n';
import { uuidV7 } from '@/lib/uuid';
import type { Chat } from '@/model/chats/types';
import { selectSelf } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { selectPeople } from '@/store/selectors';
import { InfoAction } from './InfoAction';
import { InviteLink } from './InviteLink';
import { actionsOn, type MemberAction } from './memberActions';
import { MemberRow } from './MemberRow';

/** More are shown when asked for, so that what comes below them is in reach. */
const MEMBERS_FIRST = 10;

/** What is asked about before it is done. */
interface Question {
  member: User;
  about: 'remove' | 'make owner' | 'leave';
}

/** The people of a group, and what the user's role lets them do about each. */
export function GroupMembers({ chat }: { chat: Chat }) {
  const { t } = useTranslation();
  const people = useAppSelector(selectPeople);
  const self = useAppSelector(selectSelf);
  const online = useAppSelector((state) => state.activity.online[chat.id]);
  const [remove, removing] = useRemoveMemberMutation();
  const [setRole, settingRole] = useSetRoleMutation();
  const [create, creating] = useCreateConversationMutation();
  const [chosen, setChosen] = useState<User | null>(null);
  const [face, setFace] = useState<User | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const [inviting, setInviting] = useState(false);
  const [all, setAll] = useState(false);
  if (!self) return null;

  const busy = removing.isLoading || settingRole.isLoading || creating.isLoading;
  const roleOf = ({ id }: User): Role => chat.roles[id] ?? 'member';
  const others = chat.memberIds
    .filter((member) => member !== self.id)
    .flatMap((member) => people[member] ?? [])
    .sort((a, b) => nameOf(a).localeCompare(nameOf(b), currentLanguage()));

  const members = [self, ...others];
  const shown = all ? members : members.slice(0, MEMBERS_FIRST);

  const removeMember = async ({ id: userId }: User) => {
    const answer = await remove({ conversationId: chat.id, userId });
    // There is nothing left here to go back to.
    if (userId === self.id && !answer.error) navigate('/', { replace: true });
  };
  const message = async (user: User) => {
    const { data } = await create({ kind: 'direct', member_ids: [user.id], client_id: uuidV7() });
    if (data) navigate(`/chats/${data.id}`);
  };
  const giveRole = ({ id: userId }: User, role: Role) =>
    void setRole({ conversationId: chat.id, userId, role });

  const start = (action: MemberAction, member: User) => {
    switch (action) {
      case 'message':
        void message(member);
        break;
      case 'make admin':
        giveRole(member, 'admin');
        break;
      case 'dismiss':
        giveRole(member, 'member');
        break;
      case 'make owner':
      case 'remove':
        setQuestion({ member, about: action });
        break;
    }
  };
  const confirm = ({ member, about }: Question) => {
    setQuestion(null);
    if (about === 'make owner') giveRole(member, 'owner');
    else void removeMember(member);
  };

  return (
    <>
      <Alert error={removing.error ?? settingRole.error ?? creating.error} />
      <section className="card" aria-label={t('common.members')}>
        <Link className="person-row chat-info-action" to={`/chats/${chat.id}/add`}>
          <span className="chat-info-icon">
            <Icon name="personAdd" size={22} />
          </span>
          {t('common.addPeople')}
        </Link>
        {roleOf(self) !== 'member' && (
          <InfoAction icon="link" label={t('invite.action')} onClick={() => setInviting(true)} />
        )}
        <ul>
          {shown.map((member) => (
            <MemberRow
              key={member.id}
              member={member}
              role={roleOf(member)}
              online={online?.includes(member.id) ?? false}
              own={member.id === self.id}
              disabled={busy}
              onOpen={() => setChosen(member)}
            />
          ))}
        </ul>
        {shown.length < members.length && (
          <button
            type="button"
            className="button button-quiet button-wide"
            onClick={() => setAll(true)}
          >
            {t('info.showAll', { count: chat.memberCount })}
          </button>
        )}
      </section>
      <section className="card">
        <InfoAction
          icon="leave"
          label={t('common.leaveGroup')}
          danger
          disabled={busy}
          onClick={() => setQuestion({ member: self, about: 'leave' })}
        />
      </section>
      {inviting && <InviteLink conversationId={chat.id} onClose={() => setInviting(false)} />}
      {chosen && (
        <ActionSheet
          title={<bdi>{nameOf(chosen)}</bdi>}
          actions={[
            ...(chosen.picture_id
              ? [
                  {
                    label: t('profile.show'),
                    icon: 'person' as const,
                    run: () => setFace(chosen),
                  },
                ]
              : []),
            ...actionsOn(chosen, roleOf(chosen), roleOf(self)).map(({ action, ...rest }) => ({
              ...rest,
              run: () => start(action, chosen),
            })),
          ]}
          onClose={() => setChosen(null)}
        />
      )}
      {face?.picture_id && (
        <FaceDialog name={nameOf(face)} picture={face.picture_id} onClose={() => setFace(null)} />
      )}
      {question && (
        <ConfirmDialog
          {...wordsOf(question, roleOf(self), chat.memberCount === 1, t)}
          onClose={() => setQuestion(null)}
          onConfirm={() => confirm(question)}
        />
      )}
    </>
  );
}

/** What a question asks, what its button says, and what comes of it. */
function wordsOf({ member, about }: Question, own: Role, alone: boolean, t: TFunction) {
  const name = isolated(nameOf(member));
  switch (about) {
    case 'remove':
      return {
        title: t('dialogs.removeTitle', { name }),
        confirm: t('dialogs.remove'),
        children: <p>{t('dialogs.removeText')}</p>,
      };
    case 'make owner':
      return {
        title: t('dialogs.ownerTitle', { name }),
        confirm: t('dialogs.makeOwner'),
        children: <p>{t('dialogs.ownerText')}</p>,
      };
    case 'leave':
      return {
        title: t('dialogs.leaveTitle'),
        confirm: t('dialogs.leave'),
        children: (
          <p>
            {t('dialogs.leaveText')}
            {own === 'owner' && !alone && ` ${t('dialogs.leaveAsOwner')}`}
          </p>
        ),
      };
  }
}
