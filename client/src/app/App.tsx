import { lazy, Suspense } from 'react';
import { Provider } from 'react-redux';
import { Redirect, Route, Router, Switch, useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import { useTranslation } from 'react-i18next';
import { arrivedWith, useAddress } from '@/components/navigation';
import { Mark } from '@/components/ui/Brand';
import { selectSelfId, selectSession } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { ErrorBoundary } from './ErrorBoundary';
import { AuthScreen, Join } from './laterScreens';
import { ADMIN_PATH } from './page';
import { Shell } from './Shell';
import type { AppStore } from './store';

/** Few open it, so nobody else loads it. */
const AdminPage = lazy(() => import('@/features/admin/AdminPage'));

export function App({ store }: { store: AppStore }) {
  return (
    <Provider store={store}>
      <ErrorBoundary>
        <Router hook={useAddress}>
          <Switch>
            <Route path={ADMIN_PATH}>
              <Suspense fallback={<Splash />}>
                <AdminPage />
              </Suspense>
            </Route>
            <Route>
              <Screens />
            </Route>
          </Switch>
        </Router>
      </ErrorBoundary>
    </Provider>
  );
}

/** Where somebody wanted to go before they had to sign in. */
interface Wanted {
  /** The user who was there, if there was one: it is nobody else's place. */
  userId: string | null;
  path: string;
}

/** The forms, which lead to what was wanted. Who signed out by their own wish wants nothing. */
function SignIn() {
  const [path] = useLocation();
  const search = useSearch();
  const ended = useAppSelector((state) => state.session.ended);
  const wanted: Wanted | null =
    ended?.end === 'signed-out'
      ? null
      : { userId: ended?.userId ?? null, path: search ? `${path}?${search}` : path };
  return (
    <Suspense fallback={<Splash />}>
      <Switch>
        <Route path="/register">
          <AuthScreen key="register" mode="register" />
        </Route>
        <Route path="/login">
          <AuthScreen key="login" mode="login" />
        </Route>
        <Route>
          <Redirect to="/login" replace state={wanted} />
        </Route>
      </Switch>
    </Suspense>
  );
}

function SignedIn() {
  const selfId = useAppSelector(selectSelfId);
  const wanted = arrivedWith() as Wanted | null;
  const mine = wanted && (wanted.userId === null || wanted.userId === selfId);
  return <Redirect to={mine ? wanted.path : '/'} replace />;
}

function Screens() {
  const { status } = useAppSelector(selectSession);
  if (status === 'unknown') return <Splash />;
  if (status === 'anonymous') return <SignIn />;
  return (
    <Switch>
      <Route path="/register">
        <SignedIn />
      </Route>
      <Route path="/login">
        <SignedIn />
      </Route>
      <Route path="/">
        <Shell side="chats" />
      </Route>
      <Route path="/chats/:id">
        <Shell side="chats" />
      </Route>
      <Route path="/chats/:id/info">
        <Shell side="chats" extra="info" />
      </Route>
      <Route path="/chats/:id/search">
        <Shell side="chats" extra="search" />
      </Route>
      <Route path="/chats/:id/media">
        <Shell side="chats" extra="media" />
      </Route>
      <Route path="/chats/:id/add">
        <Shell side="chats" extra="add" />
      </Route>
      <Route path="/new">
        <Shell side="new" />
      </Route>
      <Route path="/new/group">
        <Shell side="group" />
      </Route>
      <Route path="/archived">
        <Shell side="archived" />
      </Route>
      <Route path="/requests">
        <Shell side="requests" />
      </Route>
      <Route path="/share">
        <Shell side="share" />
      </Route>
      <Route path="/starred">
        <Shell side="starred" />
      </Route>
      <Route path="/settings">
        <Shell side="settings" />
      </Route>
      <Route path="/join/:token">
        {({ token }) => (
          <Suspense fallback={<Splash />}>
            <Join token={token} />
          </Suspense>
        )}
      </Route>
      <Route path="/settings/profile">
        <Shell side="profile" />
      </Route>
      <Route path="/settings/security">
        <Shell side="security" />
      </Route>
      <Route path="/settings/blocked">
        <Shell side="blocked" />
      </Route>
      <Route>
        <Redirect to="/" replace />
      </Route>
    </Switch>
  );
}

function Splash() {
  const { t } = useTranslation();
  return (
    <main className="splash" aria-label={t('app.starting')}>
      <Mark size={72} />
    </main>
  );
}
