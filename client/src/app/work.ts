/** What the app does behind its screens: it hears the server, and sends what waits. */
import { createDelivery } from '@/delivery/middleware';
import type { OpenConnection } from '@/realtime/connection';
import { createRealtime } from '@/realtime/middleware';
import type { CreateFollower } from '@/store/followers';

export const createWork =
  (open: OpenConnection): CreateFollower =>
  (store) => {
    const hear = createRealtime(store, open);
    const deliver = createDelivery(store);
    return (happening) => {
      hear(happening);
      deliver(happening);
    };
  };
