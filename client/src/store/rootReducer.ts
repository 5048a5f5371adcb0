import { combineSlices } from '@reduxjs/toolkit';
import { baseApi } from '@/api/baseApi';
import { activityReducer } from '@/model/activity';
import { chatsReducer } from '@/model/chats/slice';
import { connectionReducer } from '@/model/connection';
import { draftsReducer } from '@/model/drafts';
import { operationsReducer } from '@/model/operations';
import { outboxReducer } from '@/model/outbox';
import { peopleReducer } from '@/model/people';
import { sessionReducer } from '@/model/session';
import { settingsReducer } from '@/model/settings';
import { storageReducer } from '@/model/storage';
import { topicsReducer } from '@/model/topics';
import { viewsReducer } from '@/model/views';

/** State of features that load when they are opened; each declares its own part here. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- features augment it
export interface LazySlices {}

export const rootReducer = combineSlices({
  activity: activityReducer,
  chats: chatsReducer,
  connection: connectionReducer,
  drafts: draftsReducer,
  operations: operationsReducer,
  outbox: outboxReducer,
  people: peopleReducer,
  session: sessionReducer,
  settings: settingsReducer,
  storage: storageReducer,
  topics: topicsReducer,
  views: viewsReducer,
  [baseApi.reducerPath]: baseApi.reducer,
}).withLazyLoadedSlices<LazySlices>();

export type RootState = ReturnType<typeof rootReducer>;
