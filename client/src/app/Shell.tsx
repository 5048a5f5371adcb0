import type { ReactNode } from 'react';
import { useParams } from 'react-router';
import { Mark } from '@/components/ui/Brand';
import { PHONE, useMediaQuery, WIDE } from '@/components/useMediaQuery';
import { AddPeople } from '@/features/chat-info/AddPeople';
import { ChatInfo } from '@/features/chat-info/ChatInfo';
import { ChatList } from '@/features/chat-list/ChatList';
import { Conversation } from '@/features/conversation/Conversation';
import { NewChat } from '@/features/new-chat/NewChat';
import { NewGroup } from '@/features/new-chat/NewGroup';
import { useAppSelector } from '@/store/hooks';
import { selectChat } from '@/store/selectors';
import { Settings } from '@/features/settings/Settings';
import { Navigation } from './Navigation';
import { useShortcuts } from './useShortcuts';

type Side = 'chats' | 'new' | 'group' | 'settings';
type Extra = 'info' | 'add';

interface Props {
  side: Side;
  extra?: Extra;
}

/** Arranges what the address names: one pane on a phone, two on a desktop, three on a wide one. */
export function Shell({ side, extra }: Props) {
  const { id } = useParams();
  const phone = useMediaQuery(PHONE);
  const wide = useMediaQuery(WIDE);
  // One that is gone, or not loaded yet, has no other screens; the conversation says so.
  const known = useAppSelector((state) => id !== undefined && selectChat(state, id) !== undefined);
  useShortcuts();

  const chat = id !== undefined && <Conversation id={id} phone={phone} />;
  const more =
    id !== undefined &&
    known &&
    (extra === 'info' ? <ChatInfo id={id} /> : extra === 'add' && <AddPeople id={id} />);
  const place = side === 'settings' ? 'settings' : 'chats';

  if (phone) {
    const tabs = id === undefined && (side === 'chats' || side === 'settings');
    return (
      <div className="shell">
        <main className="pane pane-main">{more || chat || sidePane(side, id)}</main>
        {tabs && <Navigation kind="tabs" current={place} />}
      </div>
    );
  }
  return (
    <div className="shell">
      <Navigation kind="rail" current={place} />
      <aside className="pane pane-side" aria-label={place === 'chats' ? 'Chat list' : 'Settings'}>
        {sidePane(side, id)}
      </aside>
      <main className="pane pane-main">{(wide ? chat : more || chat) || <Welcome />}</main>
      {wide && more && (
        <aside className="pane pane-extra" aria-label="Chat info">
          {more}
        </aside>
      )}
    </div>
  );
}

function sidePane(side: Side, activeId: string | undefined): ReactNode {
  switch (side) {
    case 'chats':
      return <ChatList activeId={activeId} />;
    case 'new':
      return <NewChat />;
    case 'group':
      return <NewGroup />;
    case 'settings':
      return <Settings />;
  }
}

function Welcome() {
  return (
    <div className="welcome">
      <Mark size={88} />
      <h1>Rookery</h1>
      <p>Choose a chat on the left, or start a new one.</p>
    </div>
  );
}
