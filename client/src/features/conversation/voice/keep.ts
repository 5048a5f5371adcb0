/** What becomes of a recording: a message, or something that was said and not sent. */
import type { ThunkAction, UnknownAction } from '@reduxjs/toolkit';
import { sendVoice } from '@/delivery/queueFiles';
import { draftEdited, type VoiceDraft } from '@/model/drafts';
import { selectSelfId } from '@/model/session';
import { discard, leaveVoice, putAside } from '@/persistence/files';
import type { RootState } from '@/store/rootReducer';
import type { Take } from './recorder';

type Thunk<T> = ThunkAction<T, RootState, undefined, UnknownAction>;

/** Whose recording it is, where, and the client id of the message that it may become. */
export interface Recording {
  id: string;
  senderId: string;
  conversationId: string;
}

const edited =
  (conversationId: string, voice: VoiceDraft | undefined): Thunk<void> =>
  (dispatch, getState) => {
    const draft = { text: '', ...getState().drafts[conversationId], conversationId };
    dispatch(draftEdited({ ...draft, voice, editedAt: Date.now() }));
  };

/** Puts a recording aside, and sends it where that is wanted. */
export const settle =
  (
    { id, senderId, conversationId }: Recording,
    { blob, durationMs, waveform }: Take,
    wish: 'keep' | 'send',
  ): Thunk<Promise<void>> =>
  async (dispatch, getState) => {
    const kept = await putAside(senderId, id, blob);
    const { type, size } = blob;
    const voice: VoiceDraft = { id, type, size, kept, duration_ms: durationMs, waveform };
    const { session, drafts } = getState();
    if (selectSelfId(getState()) === senderId) {
      if (wish === 'keep') dispatch(edited(conversationId, voice));
      else dispatch(sendVoice(conversationId, voice, drafts[conversationId]?.replyTo));
    } else if (session.ended?.userId === senderId && session.ended.end === 'signed-out') {
      await discard(senderId, id);
    } else await leaveVoice(senderId, conversationId, voice);
  };

/** Forgets a recording, whether or not it was put aside. */
export const forget =
  ({ id, senderId, conversationId }: Recording): Thunk<Promise<void>> =>
  async (dispatch, getState) => {
    if (getState().drafts[conversationId]?.voice?.id === id) {
      dispatch(edited(conversationId, undefined));
    }
    await discard(senderId, id);
  };
