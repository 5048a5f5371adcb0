import type { ThunkAction, UnknownAction } from '@reduxjs/toolkit';
import { uuidV7 } from '@/lib/uuid';
import type { VoiceDraft } from '@/model/drafts';
import { fileQueued, type OutboxFile } from '@/model/outbox';
import { selectSelfId } from '@/model/session';
import { discard, putAside } from '@/persistence/files';
import type { RootState } from '@/store/rootReducer';

/** A file that can be sent. */
export interface Ready {
  blob: Blob;
  about: Pick<OutboxFile, 'name' | 'size' | 'type' | 'kind' | 'width' | 'height'>;
}

export interface Captioned {
  ready: Ready;
  caption: string;
}

/** Files that may wait to be sent at a time, in all chats. */
export const WAITING_MAX = 100;

/** Queues files as messages, in their order; the first of them answers what the user answers. */
export const sendFiles =
  (
    conversationId: string,
    files: Captioned[],
    replyTo: string | undefined,
  ): ThunkAction<Promise<void>, RootState, undefined, UnknownAction> =>
  async (dispatch, getState) => {
    const senderId = selectSelfId(getState());
    for (const [at, { ready, caption }] of files.entries()) {
      const clientMsgId = uuidV7();
      const kept = await putAside(senderId, clientMsgId, ready.blob);
      if (selectSelfId(getState()) !== senderId) {
        await discard(senderId, clientMsgId);
        return;
      }
      const file = { ...ready.about, kept, uploadId: null, attachment: null };
      const text = caption.trimEnd();
      const answered = at === 0 ? replyTo : undefined;
      dispatch(
        fileQueued({ clientMsgId, senderId, conversationId, text, replyTo: answered, file }),
      );
    }
  };

/** What a voice note is called where it is saved, by what it was recorded as. */
const VOICE_NAMES: Record<string, string> = {
  'audio/mp4': 'voice.m4a',
  'audio/ogg': 'voice.ogg',
};

/** Queues a voice note, whose bytes were put aside under its id. */
export const sendVoice =
  (
    conversationId: string,
    voice: VoiceDraft,
    replyTo: string | undefined,
  ): ThunkAction<void, RootState, undefined, UnknownAction> =>
  (dispatch, getState) => {
    const { id: clientMsgId, type, size, kept, duration_ms, waveform } = voice;
    const file: OutboxFile = {
      name: VOICE_NAMES[type] ?? 'voice.webm',
      size,
      type,
      kind: 'voice',
      width: null,
      height: null,
      voice: { duration_ms, waveform },
      kept,
      uploadId: null,
      attachment: null,
    };
    const senderId = selectSelfId(getState());
    dispatch(fileQueued({ clientMsgId, senderId, conversationId, text: '', replyTo, file }));
  };
