import type { AppDispatch } from './hooks';
import type { RootState } from './rootReducer';

/** The store as the parts of the middlewares see it. */
export interface StoreApi {
  dispatch: AppDispatch;
  getState: () => RootState;
}
