import { configureStore, type Middleware } from '@reduxjs/toolkit';
import { baseApi } from '@/api/baseApi';
import { createDeliveryMiddleware } from '@/delivery/middleware';
import type { OpenConnection } from '@/realtime/connection';
import { createRealtimeMiddleware } from '@/realtime/middleware';
import type { AppDispatch } from '@/store/hooks';
import { lateMiddleware } from '@/store/lateMiddleware';
import { rootReducer, type RootState } from '@/store/rootReducer';

/** What the store needs of the outside world; tests give it stand-ins. */
export interface StoreParts {
  openConnection: OpenConnection;
  persistence: Middleware<object, RootState, AppDispatch>;
}

export function createStore({ openConnection, persistence }: StoreParts) {
  return configureStore({
    reducer: rootReducer,
    middleware: (defaults) =>
      defaults().concat(
        baseApi.middleware,
        persistence,
        createDeliveryMiddleware(),
        createRealtimeMiddleware(openConnection),
        lateMiddleware.middleware,
      ),
  });
}

export type AppStore = ReturnType<typeof createStore>;
