/** Brings a message's file to the server before the message. Loads with the first file. */
import type { Problem } from '@/api/problem';
import { uploadPort } from '@/api/uploads';
import type { NewUpload } from '@/api/types';
import {
  FILE_LOST,
  fileUploaded,
  messageFailed,
  uploadBegun,
  type OutboxEntry,
} from '@/model/outbox';
import { uploadEnded, uploadMoved } from '@/model/uploads';
import { bytesOf } from '@/persistence/files';
import type { StoreApi } from '@/store/storeApi';
import { upload } from './upload';

function newUpload({ clientMsgId, file }: OutboxEntry): NewUpload {
  const { name = '', size = 0, type = '', voice } = file ?? {};
  return {
    // A message that is sent again goes on with what was sent of its file.
    client_upload_id: clientMsgId,
    name,
    size,
    type,
    ...(voice ? { voice } : {}),
  };
}

/** Sends the file of a message; the answer says why it could not be sent. */
export async function sendFile(
  store: StoreApi,
  entry: OutboxEntry,
  signal: AbortSignal,
): Promise<{ error?: Problem }> {
  const { clientMsgId, senderId } = entry;
  const bytes = await bytesOf(senderId, clientMsgId);
  if (!bytes) {
    store.dispatch(messageFailed({ clientMsgId, reason: FILE_LOST }));
    return {};
  }
  try {
    const told = await upload(uploadPort(store, senderId, signal), newUpload(entry), bytes, {
      onBegun: (uploadId) => store.dispatch(uploadBegun({ clientMsgId, uploadId })),
      onProgress: (sent) => store.dispatch(uploadMoved({ clientMsgId, bytes: sent })),
    });
    if (told.error) return { error: told.error };
    store.dispatch(fileUploaded({ clientMsgId, attachment: told.data }));
    return {};
  } finally {
    store.dispatch(uploadEnded(clientMsgId));
  }
}

/** The user wants the message no more: neither does the server keep what it has of the file. */
export async function cancelFile(store: StoreApi, { senderId, file }: OutboxEntry): Promise<void> {
  // What is not told, because there is no network, the server forgets by itself.
  if (file?.uploadId) await uploadPort(store, senderId).cancel(file.uploadId);
}
