import { configureStore, type Middleware } from '@reduxjs/toolkit';
import { baseApi } from '@/api/baseApi';
import type { AppDispatch } from '@/store/hooks';
import { lateMiddleware } from '@/store/lateMiddleware';
import { rootReducer, type RootState } from '@/store/rootReducer';

/** What the store needs of the outside world; tests give it stand-ins. */
export interface StoreParts {
  persistence: Middleware<object, RootState, AppDispatch>;
  /** Hears the server and sends what waits: `createWork`, now or when it has loaded. */
  work: Middleware<object, RootState, AppDispatch>;
}

export function createStore({ persistence, work }: StoreParts) {
  return configureStore({
    reducer: rootReducer,
    middleware: (defaults) =>
      defaults().concat(baseApi.middleware, persistence, work, lateMiddleware.middleware),
  });
}

export type AppStore = ReturnType<typeof createStore>;
