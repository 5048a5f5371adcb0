import { attentionChanged } from '@/model/connection';
import { selectUnreadChats } from '@/store/selectors';
import type { AppStore } from './store';

/** Keeps the state and the document in step: attention in; theme and title out. */
export function watchPage(store: AppStore): void {
  const look = () => {
    const attentive = document.visibilityState === 'visible' && document.hasFocus();
    if (store.getState().connection.attentive !== attentive) {
      store.dispatch(attentionChanged(attentive));
    }
  };
  document.addEventListener('visibilitychange', look);
  window.addEventListener('focus', look);
  window.addEventListener('blur', look);
  look();

  const show = () => {
    const state = store.getState();
    const unread = state.session.user ? selectUnreadChats(state) : 0;
    const title = unread > 0 ? `(${unread}) Rookery` : 'Rookery';
    if (document.title !== title) document.title = title;
    document.documentElement.dataset.theme = state.settings.theme;
  };
  store.subscribe(show);
  show();
}
