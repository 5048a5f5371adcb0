import { createDynamicMiddleware } from '@reduxjs/toolkit';
import type { AppDispatch } from './hooks';
import type { RootState } from './rootReducer';

/** Where a feature that loads when it is opened adds its middleware to the store that is there. */
export const lateMiddleware = createDynamicMiddleware<RootState, AppDispatch>();
