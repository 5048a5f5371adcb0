/**
 * What the tabs of one browser tell each other: they share a cookie and a storage. Every message
 * names whose it is, and none is ever passed on, so a tab that wakes after days does no harm.
 */
import { isAnyOf, type UnknownAction } from '@reduxjs/toolkit';
import { draftEdited, draftKept } from '@/model/drafts';
import {
  operationEnded,
  operationFailed,
  operationQueued,
  operationRetried,
} from '@/model/operations';
import {
  fileQueued,
  fileUploaded,
  messageAccepted,
  messageDiscarded,
  messageFailed,
  messageQueued,
  messageRetried,
  quoteLost,
  uploadBegun,
} from '@/model/outbox';
import type { SessionEnd } from '@/model/session';

/** Not `rookery`: tabs of version 1 take whatever is said there for the end of their session. */
const CHANNEL = 'rookery-tabs';

export interface SessionName {
  userId: string;
  sessionId: string;
}

export type TabMessage =
  | (SessionName & { kind: 'started' })
  | (SessionName & { kind: 'ended'; end: SessionEnd })
  | (SessionName & { kind: 'wrote'; action: UnknownAction });

/** What a person writes in one tab stands in the others, too. */
const isWriting = isAnyOf(
  draftEdited,
  draftKept,
  messageQueued,
  fileQueued,
  uploadBegun,
  fileUploaded,
  messageAccepted,
  messageFailed,
  messageRetried,
  messageDiscarded,
  quoteLost,
  operationQueued,
  operationFailed,
  operationRetried,
  operationEnded,
);

/** Marks an action as another tab's, whose business its effects on storage and other tabs are. */
export function told<A extends UnknownAction>(action: A): A {
  return { ...action, meta: { told: true } };
}

export function isTold(action: UnknownAction): boolean {
  const { meta } = action;
  return typeof meta === 'object' && meta !== null && 'told' in meta;
}

export interface Tabs {
  post: (message: TabMessage) => void;
  /** Tells the others what was written here; what they told is not told back. */
  share: (session: SessionName, action: UnknownAction) => void;
  close: () => void;
}

export function openTabs(listen: (message: TabMessage) => void): Tabs {
  const channel = new BroadcastChannel(CHANNEL);
  let open = true;
  const post = (message: TabMessage) => {
    if (open) channel.postMessage(message);
  };
  channel.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => {
    // A tab of another version may share what this one does not know.
    if (data.kind !== 'wrote' || isWriting(data.action)) listen(data);
  });
  return {
    post,
    close: () => {
      open = false;
      channel.close();
    },
    share: (session, action) => {
      if (!isTold(action) && isWriting(action)) post({ ...session, kind: 'wrote', action });
    },
  };
}
