import { lazy, Suspense } from 'react';
import { Provider } from 'react-redux';
import { BrowserRouter, Navigate, Route, Routes } from 'react-router';
import { Mark } from '@/components/ui/Brand';
import { AuthScreen } from '@/features/auth/AuthScreen';
import { selectSession } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { ErrorBoundary } from './ErrorBoundary';
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

function Screens() {
  const { status } = useAppSelector(selectSession);
  if (status === 'unknown') return <Splash />;
  if (status === 'anonymous') {
    return (
      <Routes>
        <Route path="/register" element={<AuthScreen key="register" mode="register" />} />
        <Route path="/login" element={<AuthScreen key="login" mode="login" />} />
        <Route path="*" element={<Navigate to="/login" replace />} />
      </Routes>
    );
  }
  return (
    <Routes>
      <Route path="/register" element={<Navigate to="/" replace />} />
      <Route path="/login" element={<Navigate to="/" replace />} />
      <Route path="/" element={<Shell side="chats" />} />
      <Route path="/chats/:id" element={<Shell side="chats" />} />
      <Route path="/chats/:id/info" element={<Shell side="chats" extra="info" />} />
      <Route path="/chats/:id/add" element={<Shell side="chats" extra="add" />} />
      <Route path="/new" element={<Shell side="new" />} />
      <Route path="/new/group" element={<Shell side="group" />} />
      <Route path="/settings" element={<Shell side="settings" />} />
      <Route path="*" element={<Navigate to="/" replace />} />
    </Routes>
  );
}

function Splash() {
  return (
    <main className="splash" aria-label="Rookery is starting">
      <Mark size={72} />
    </main>
  );
}
