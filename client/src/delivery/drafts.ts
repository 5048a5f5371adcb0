/**
 * Tells the server what the user has begun to write, for their other devices, and asks it after a
 * pause what they have begun there. Of what was written meanwhile the newest counts. Loads after the
 * first screen, and adds itself to the store that is there.
 */
import type { Middleware, UnknownAction } from '@reduxjs/toolkit';
import { request } from '@/api/baseApi';
import { hasCode, type Problem } from '@/api/problem';
import type { Conversation, NewDraft } from '@/api/types';
import { paced } from '@/lib/paced';
import { chatCleared, type ChatsState } from '@/model/chats/slice';
import { messageOf } from '@/model/chats/stretches';
import {
  draftEdited,
  draftHeard,
  draftKept,
  draftsRestored,
  saysTheSame,
  type Draft,
  type DraftsState,
} from '@/model/drafts';
import { selectSelfId, sessionEnded } from '@/model/session';
import { chatLeft } from '@/model/views';
import { isTold } from '@/persistence/tabs';
import { synchronised } from '@/realtime/actions';
import type { AppDispatch } from '@/store/hooks';
import { lateMiddleware } from '@/store/lateMiddleware';
import type { RootState } from '@/store/rootReducer';
import type { StoreApi } from '@/store/storeApi';
import { createQueue } from './queue';

/** Somebody types on; another device is told this often. */
const TELL_EVERY_MS = 2_000;
const TOLD_AT_ONCE = 10;
/** Nobody writes in more chats at a time; the next change or connection tells of the others. */
const DRAFTS_MAX = 20;
/** A change that was heard while the user wrote here counts once they have paused. */
const LATER_MS = 6_000;

function createDrafts(store: StoreApi) {
  const draftOf = (id: string): Draft | undefined => store.getState().drafts[id];
  const isOwed = (draft: Draft | undefined): draft is Draft => draft !== undefined && !draft.kept;
  /** Chats whose draft is to be told now. */
  const due = new Set<string>();
  /** Heard of while the user wrote. */
  const later = new Map<string, ReturnType<typeof setTimeout>>();

  async function keep(draft: Draft): Promise<{ error?: Problem }> {
    const { conversationId, text, replyTo } = draft;
    const asUser = selectSelfId(store.getState());
    // What changes while this is under way is told after it.
    due.delete(conversationId);
    const put = (reply_to: string | null) => {
      const body = { text, reply_to } satisfies NewDraft;
      const path = `conversations/${conversationId}/draft`;
      return request({ path, method: 'PUT', body, asUser, keepalive: true }, store);
    };
    let answer = await put(replyTo ?? null);
    // What it was to answer is gone; the text is still worth keeping.
    if ('error' in answer && hasCode(answer.error, 'no_reply_to')) answer = await put(null);
    if ('error' in answer) {
      due.add(conversationId);
      return { error: answer.error };
    }
    store.dispatch(draftKept({ conversationId, text, replyTo }));
    return {};
  }

  const queue = createQueue<Draft>(store, {
    lock: 'rookery-drafts',
    nextOf: (id) => {
      const draft = draftOf(id);
      return due.has(id) && isOwed(draft) ? draft : undefined;
    },
    send: keep,
    // It stays on this device, and the next change of it is told again.
    onRefused: ({ conversationId }) => due.delete(conversationId),
  });

  function tell(id: string): void {
    if (!isOwed(draftOf(id))) return;
    due.add(id);
    queue.run(id);
  }

  const pace = paced(TELL_EVERY_MS, TOLD_AT_ONCE, tell);

  /** Takes over what the server has, unless something is newer here: that is told. */
  async function compare(conversationId: string): Promise<void> {
    const before = draftOf(conversationId);
    const answer = await request({ path: `conversations/${conversationId}` }, store);
    // What was changed here meanwhile is told by itself.
    if (draftOf(conversationId) !== before || 'error' in answer) return;
    // A core of version 0.2 keeps none.
    const { draft } = answer.data as Partial<Pick<Conversation, 'draft'>>;
    if (draft === undefined) return;
    store.dispatch(draftHeard({ conversationId, draft, now: Date.now(), sure: true }));
    tell(conversationId);
  }

  async function compareAll(): Promise<void> {
    const { session, drafts } = store.getState();
    if (session.status !== 'authenticated') return;
    const newest = Object.values(drafts).sort((a, b) => b.editedAt - a.editedAt);
    for (const { conversationId } of newest.slice(0, DRAFTS_MAX)) await compare(conversationId);
  }

  function compareLater(id: string): void {
    clearTimeout(later.get(id));
    later.set(
      id,
      setTimeout(() => {
        later.delete(id);
        void compare(id);
      }, LATER_MS),
    );
  }

  function stop(): void {
    pace.clear();
    due.clear();
    for (const timer of later.values()) clearTimeout(timer);
    later.clear();
  }

  /** What was typed for a message that was cleared goes with it. */
  function endEdit(
    cleared: { conversationId: string; firstSeq: number },
    before: ChatsState,
  ): void {
    const { conversationId, firstSeq } = cleared;
    const draft = draftOf(conversationId);
    const chat = before.entities[conversationId];
    const message = draft?.edit && chat && messageOf(chat, draft.edit.messageId);
    if (!draft || !message || message.seq >= firstSeq) return;
    store.dispatch(draftEdited({ ...draft, edit: undefined, editedAt: Date.now() }));
  }

  function changed(before: DraftsState, now: DraftsState): void {
    for (const [id, draft] of Object.entries(now)) {
      if (before[id] === draft || !isOwed(draft)) continue;
      // What was sent must not stand there as a draft for long.
      if (draft.text === '') tell(id);
      else pace.add(id);
    }
  }

  return {
    compareAll,
    /** The page may go away: there is no time to take turns with other tabs. */
    tellAll(): void {
      pace.clear();
      if (store.getState().session.status !== 'authenticated') return;
      const owed = Object.values(store.getState().drafts).filter(isOwed);
      for (const draft of owed.slice(0, DRAFTS_MAX)) void keep(draft);
    },
    handle(action: UnknownAction, { drafts: before, chats }: RootState): void {
      if (chatCleared.match(action)) endEdit(action.payload, chats);
      const now = store.getState().drafts;
      if (sessionEnded.match(action)) stop();
      else if (synchronised.match(action)) {
        queue.wake();
        void compareAll();
      } else if (chatLeft.match(action)) tell(action.payload.conversationId);
      else if (draftHeard.match(action)) {
        const { conversationId: id, draft, sure } = action.payload;
        const content = { text: draft?.text ?? '', replyTo: draft?.reply_to ?? undefined };
        if (!sure && !saysTheSame(now[id], content)) compareLater(id);
      } else if (now !== before && !isTold(action) && !draftsRestored.match(action)) {
        changed(before, now);
      }
    },
  };
}

const draftsMiddleware: Middleware<object, RootState, AppDispatch> = (store) => {
  const drafts = createDrafts(store);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') drafts.tellAll();
  });
  window.addEventListener('pagehide', () => drafts.tellAll());
  // What was written before this was there.
  void Promise.resolve().then(drafts.compareAll);
  return (next) => (action) => {
    const before = store.getState();
    const result = next(action);
    drafts.handle(action as UnknownAction, before);
    return result;
  };
};

lateMiddleware.addMiddleware(draftsMiddleware);
