import { combineReducers } from '@reduxjs/toolkit';
import { baseApi } from '@/api/baseApi';
import { activityReducer } from '@/model/activity';
import { chatsReducer } from '@/model/chats/slice';
import { connectionReducer } from '@/model/connection';
import { draftsReducer } from '@/model/drafts';
import { outboxReducer } from '@/model/outbox';
import { peopleReducer } from '@/model/people';
import { sessionReducer } from '@/model/session';
import { settingsReducer } from '@/model/settings';

export const rootReducer = combineReducers({
  activity: activityReducer,
  chats: chatsReducer,
  connection: connectionReducer,
  drafts: draftsReducer,
  outbox: outboxReducer,
  people: peopleReducer,
  session: sessionReducer,
  settings: settingsReducer,
  [baseApi.reducerPath]: baseApi.reducer,
});

export type RootState = ReturnType<typeof rootReducer>;
