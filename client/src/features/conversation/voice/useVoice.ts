import { use, useEffect, useMemo, useSyncExternalStore } from 'react';
import { quiet } from '@/components/media/turn';
import { sendVoice, WAITING_MAX } from '@/delivery/queueFiles';
import type { VoiceDraft } from '@/model/drafts';
import { selectSelfId } from '@/model/session';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { selectOutbox } from '@/store/selectors';
import { AttachContext } from '../attach/attachContext';
import { VoiceControl, type VoiceNote, type VoiceState } from './control';
import { forget, settle } from './keep';

export interface Voice {
  state: VoiceState;
  /** What was said before and waits to be heard, sent or deleted. */
  waiting: VoiceDraft | undefined;
  note: VoiceNote | 'tooMany' | null;
  begin: (held: boolean) => void;
  lock: () => void;
  pause: () => void;
  resume: () => void;
  send: () => void;
  /** Deletes what was said. */
  cancel: () => void;
}

/** What is said in a chat; null where nothing but text may be sent. */
export function useVoice(conversationId: string, editing: boolean): Voice | null {
  const dispatch = useAppDispatch();
  const may = use(AttachContext) !== null;
  const senderId = useAppSelector(selectSelfId);
  const draft = useAppSelector((state) => state.drafts[conversationId]);
  const waiting = draft?.voice;
  const files = useAppSelector(selectOutbox).filter(({ file }) => file).length;
  const control = useMemo(() => {
    const recording = (id: string) => ({ id, senderId, conversationId });
    return new VoiceControl({
      open: async (onHalt) => (await import('./recorder')).openRecorder(onHalt),
      settle: (id, take, wish) => dispatch(settle(recording(id), take, wish)),
      forget: (id) => dispatch(forget(recording(id))),
    });
  }, [dispatch, senderId, conversationId]);
  const { state, note } = useSyncExternalStore(control.subscribe, control.view);
  const live = state.stage === 'live';

  useEffect(() => () => void control.leave(), [control]);
  useEffect(() => control.waits(waiting?.id), [control, waiting?.id]);
  // Nobody speaks into a microphone that they do not see.
  useEffect(() => {
    if (editing && live) void control.pause();
  }, [control, editing, live]);
  useEffect(() => {
    if (!live) return;
    const hide = () => {
      if (document.visibilityState === 'hidden') void control.pause();
    };
    // It may have been hidden while the user was asked for the microphone.
    hide();
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    document.addEventListener('visibilitychange', hide);
    window.addEventListener('beforeunload', ask);
    return () => {
      document.removeEventListener('visibilitychange', hide);
      window.removeEventListener('beforeunload', ask);
    };
  }, [control, live]);

  const full = files >= WAITING_MAX && (live || waiting !== undefined);
  if (!may) return null;
  return {
    state,
    waiting,
    note: full ? 'tooMany' : note,
    begin: (held) => {
      quiet();
      void control.begin(held);
    },
    lock: () => control.lock(),
    pause: () => void control.pause(),
    resume: () => control.resume(),
    send: () => {
      if (full) void control.pause();
      else if (live) void control.send();
      else if (waiting && !control.isEnding())
        dispatch(sendVoice(conversationId, waiting, draft.replyTo));
    },
    cancel: () => {
      if (control.isEnding()) return;
      if (!live && waiting) void dispatch(forget({ id: waiting.id, senderId, conversationId }));
      void control.cancel();
    },
  };
}
