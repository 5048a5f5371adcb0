import type { Attachment, Message } from '@/api/types';
import type { OutboxEntry, OutboxFile } from '@/model/outbox';

/** A file on the screen: of a message, or of one that waits to be sent. */
export interface Shown {
  /** Of one that waits: what this device knows of it; its `id` leads nowhere. */
  file: Attachment;
  clientMsgId: string;
  /** It is not on the server yet. */
  pending: boolean;
  /** It waits in this tab alone: a reload loses it. */
  fleeting: boolean;
}

function asAttachment(file: OutboxFile): Attachment {
  const { name, size, type, kind, width, height, voice, attachment } = file;
  if (attachment) return attachment;
  const { duration_ms = null, waveform = null } = voice ?? {};
  const own = { name, size, type, kind, width, height, duration_ms, waveform };
  return { id: '', blurhash: null, thumbnail: false, ...own };
}

export function shownOf({ attachment, client_msg_id }: Message): Shown | null {
  if (!attachment) return null;
  return { file: attachment, clientMsgId: client_msg_id, pending: false, fleeting: false };
}

/** While its message waits, a file is shown from this device; one that is forwarded is on the server. */
export function shownOfEntry({ file, forward, clientMsgId, state }: OutboxEntry): Shown | null {
  if (!file) {
    const there = forward?.attachment;
    return there ? { file: there, clientMsgId, pending: false, fleeting: false } : null;
  }
  const pending = state !== 'accepted';
  return { file: asAttachment(file), clientMsgId, pending, fleeting: pending && !file.kept };
}
