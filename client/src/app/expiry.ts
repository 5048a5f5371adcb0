import { serverNow } from '@/lib/serverClock';
import { expiredMessages } from '@/model/chats/expiry';
import { messagesExpired } from '@/model/chats/slice';
import { selectSelfId } from '@/model/session';
import type { AppStore } from './store';

/** The shortest time of a message is a day. */
const LOOK_EVERY_MS = 5_000;

/** Takes away messages whose time is over, from now on; what it returns ends that. */
export function watchExpiry(store: AppStore): () => void {
  const look = () => {
    const state = store.getState();
    const expired = expiredMessages(Object.values(state.chats.entities), serverNow());
    if (expired.length > 0) {
      store.dispatch(messagesExpired({ expired, selfId: selectSelfId(state) }));
    }
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
