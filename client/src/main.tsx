// First, so that the features' own styles come after the shared ones.
import '@/app/styles/index.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { refreshSession } from '@/api/baseApi';
import { App } from '@/app/App';
import { watchLanguage, watchPage } from '@/app/page';
import { loadLaterScreens } from '@/app/laterScreens';
import { keepOffline } from '@/app/offline';
import { createStore } from '@/app/store';
import { sessionEnded } from '@/model/session';
import { createPersistence } from '@/persistence/middleware';
import { followingLater } from '@/store/followers';

const persistence = createPersistence();
const store = createStore({
  persistence: persistence.middleware,
  // What is stored is shown without them, so both are no part of the first load.
  work: followingLater(async () => {
    const { createWork } = await import('@/app/work');
    return createWork(async (url, handlers) => {
      const { openCentrifuge } = await import('@/realtime/centrifuge');
      return openCentrifuge(url, handlers);
    });
  }),
});
await persistence.start();
await watchLanguage(store);
watchPage(store);
// Nothing waits for it, so it is no part of the first load.
void import('@/app/expiry').then(({ watchExpiry }) => watchExpiry(store));
import.meta.hot?.dispose(() => persistence.stop());

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App store={store} />
  </StrictMode>,
);

// Opens the app without a network. Browsers offer it in secure contexts only; elsewhere the app
// works the same while there is one.
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  void navigator.serviceWorker
    .register('/sw.js')
    .then(keepOffline)
    .catch(() => undefined);
} else {
  void loadLaterScreens();
}

// Nothing is stored here, but the cookie of an earlier session may still be good.
if (store.getState().session.status === 'unknown') {
  const problem = await refreshSession(store);
  if (problem) store.dispatch(sessionEnded('lost'));
}
