import { lazy, Suspense } from 'react';
import { Provider } from 'react-redux';
import { BrowserRouter, Navigate, Route, Routes, useLocation } from 'react-router';
import { useTranslation } from 'react-i18next';
import { Mark } from '@/components/ui/Brand';
import { selectSelfId, selectSession } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { ErrorBoundary } from './ErrorBoundary';
import { AuthScreen } from './laterScreens';
import { ADMIN_PATH } from './page';
import { Shell } from './Shell';
import type { AppStore } from './store';

/** Few open it, so nobody else loads it. */
const AdminPage = lazy(() => import('@/features/admin/AdminPage'));

export function App({ store }: { store: AppStore }) {
  return (
    <Provider store={store}>
      <ErrorBoundary>
        <BrowserRouter>
          <Routes>
            <Route
              path={ADMIN_PATH}
              element={
                <Suspense fallback={<Splash />}>
                  <AdminPage />
                </Suspense>
              }
            />
            <Route path="*" element={<Screens />} />
          </Routes>
        </BrowserRouter>
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
  const here = useLocation();
  const ended = useAppSelector((state) => state.session.ended);
  const wanted: Wanted | null =
    ended?.end === 'signed-out'
      ? null
      : { userId: ended?.userId ?? null, path: here.pathname + here.search };
  return (
    <Suspense fallback={<Splash />}>
      <Routes>
        <Route path="/register" element={<AuthScreen key="register" mode="register" />} />
        <Route path="/login" element={<AuthScreen key="login" mode="login" />} />
        <Route path="*" element={<Navigate to="/login" replace state={wanted} />} />
      </Routes>
    </Suspense>
  );
}

function SignedIn() {
  const selfId = useAppSelector(selectSelfId);
  const wanted = useLocation().state as Wanted | null;
  const mine = wanted && (wanted.userId === null || wanted.userId === selfId);
  return <Navigate to={mine ? wanted.path : '/'} replace />;
}

function Screens() {
  const { status } = useAppSelector(selectSession);
  if (status === 'unknown') return <Splash />;
  if (status === 'anonymous') return <SignIn />;
  return (
    <Routes>
      <Route path="/register" element={<SignedIn />} />
      <Route path="/login" element={<SignedIn />} />
      <Route path="/" element={<Shell side="chats" />} />
      <Route path="/chats/:id" element={<Shell side="chats" />} />
      <Route path="/chats/:id/info" element={<Shell side="chats" extra="info" />} />
      <Route path="/chats/:id/add" element={<Shell side="chats" extra="add" />} />
      <Route path="/new" element={<Shell side="new" />} />
      <Route path="/new/group" element={<Shell side="group" />} />
      <Route path="/requests" element={<Shell side="requests" />} />
      <Route path="/settings" element={<Shell side="settings" />} />
      <Route path="/settings/blocked" element={<Shell side="blocked" />} />
      <Route path="*" element={<Navigate to="/" replace />} />
    </Routes>
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
