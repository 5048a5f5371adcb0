import { Suspense, type ReactNode } from 'react';
import { Link, useParams } from 'wouter';
import { useTranslation } from 'react-i18next';
import { APP_NAME } from '@/components/ui/Brand';
import { EmptyState } from '@/components/ui/EmptyState';
import { PHONE, useMediaQuery, WIDE } from '@/components/useMediaQuery';
import { ChatList } from '@/features/chat-list/ChatList';
import type { TextKey } from '@/i18n/i18n';
import { useAppSelector } from '@/store/hooks';
import { selectChat } from '@/store/selectors';
import {
  AddPeople,
  ArchivedList,
  BlockedPeople,
  ChatInfo,
  ChatMedia,
  ChatSearch,
  Conversation,
  NewChat,
  NewGroup,
  Profile,
  RequestList,
  Security,
  Settings,
  Share,
  Starred,
} from './laterScreens';
import { usePaneMotion } from './usePaneMotion';
import { Navigation, type Place } from './Navigation';
import { useShortcuts } from './useShortcuts';

type Side =
  | 'chats'
  | 'archived'
  | 'requests'
  | 'share'
  | 'starred'
  | 'new'
  | 'group'
  | 'settings'
  | 'blocked'
  | 'profile'
  | 'security';
type Extra = 'info' | 'add' | 'media' | 'search';

const PLACES: Record<Side, Place> = {
  chats: 'chats',
  archived: 'chats',
  requests: 'requests',
  share: 'chats',
  starred: 'starred',
  new: 'chats',
  group: 'chats',
  settings: 'settings',
  blocked: 'settings',
  profile: 'settings',
  security: 'settings',
};
const LABELS = {
  chats: 'app.chatList',
  requests: 'app.requestList',
  starred: 'app.starredList',
  settings: 'common.settings',
} as const satisfies Record<Place, TextKey>;
/** What a phone's tabs lead to; the others have a way back. */
const TABBED: ReadonlySet<Side> = new Set(['chats', 'requests', 'settings']);

/** What stands beside a chat, or in its place. */
const EXTRAS: Record<Extra, (id: string) => ReactNode> = {
  info: (id) => <ChatInfo id={id} />,
  add: (id) => <AddPeople id={id} />,
  media: (id) => <ChatMedia id={id} />,
  search: (id) => <ChatSearch id={id} />,
};

interface Props {
  side: Side;
  extra?: Extra;
}

/** Arranges what the address names: one pane on a phone, two on a desktop, three on a wide one. */
export function Shell({ side: named, extra }: Props) {
  const { t } = useTranslation();
  const { id } = useParams();
  const phone = useMediaQuery(PHONE);
  const wide = useMediaQuery(WIDE);
  const pane = usePaneMotion(phone);
  const state = useAppSelector((store) => id !== undefined && selectChat(store, id)?.state);
  // One that is gone, not loaded yet or not accepted has no other screens; the conversation says so.
  const known = state === 'active' || state === 'contacted';
  // A request stands in the list of its like until it is accepted.
  const side = named === 'chats' && state && state !== 'active' ? 'requests' : named;
  useShortcuts();

  const chat = id !== undefined && <Conversation id={id} phone={phone} />;
  const more = id !== undefined && known && extra !== undefined && EXTRAS[extra](id);
  const place = PLACES[side];

  if (phone) {
    const tabs = id === undefined && TABBED.has(side);
    return (
      <div className="shell">
        <main className="pane pane-main" ref={pane}>
          <Later>{more || chat || sidePane(side, id, phone)}</Later>
        </main>
        {tabs && <Navigation kind="tabs" current={place} />}
      </div>
    );
  }
  return (
    <div className="shell">
      <Navigation kind="rail" current={place} />
      <aside className="pane pane-side" aria-label={t(LABELS[place])}>
        <Later>{sidePane(side, id, phone)}</Later>
      </aside>
      <main className="pane pane-main">
        <Later>{(wide ? chat : more || chat) || <Welcome />}</Later>
      </main>
      {wide && more && (
        <aside className="pane pane-extra" aria-label={t('common.chatInfo')}>
          <Later>{more}</Later>
        </aside>
      )}
    </div>
  );
}

/** A pane whose screen may still be on its way. */
function Later({ children }: { children: ReactNode }) {
  return <Suspense fallback={<div className="pane-body" aria-busy="true" />}>{children}</Suspense>;
}

function sidePane(side: Side, activeId: string | undefined, phone: boolean): ReactNode {
  switch (side) {
    case 'chats':
      return <ChatList activeId={activeId} />;
    case 'archived':
      return <ArchivedList activeId={activeId} />;
    case 'requests':
      return <RequestList activeId={activeId} />;
    case 'share':
      return <Share />;
    case 'starred':
      return <Starred phone={phone} />;
    case 'new':
      return <NewChat />;
    case 'group':
      return <NewGroup />;
    case 'settings':
      return <Settings />;
    case 'security':
      return <Security />;
    case 'profile':
      return <Profile />;
    case 'blocked':
      return <BlockedPeople />;
  }
}

function Welcome() {
  const { t } = useTranslation();
  return (
    <div className="welcome">
      <EmptyState picture="chats" title={APP_NAME} text={t('app.chooseChat')}>
        <Link className="button button-primary button-link" to="/new">
          {t('common.newChat')}
        </Link>
      </EmptyState>
    </div>
  );
}
