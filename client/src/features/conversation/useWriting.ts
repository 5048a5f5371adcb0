import { draftEdited, type Draft } from '@/model/drafts';
import { operationQueued } from '@/model/operations';
import { messageQueued } from '@/model/outbox';
import { selectSelfId } from '@/model/session';
import { typingReported } from '@/realtime/actions';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { selectChat } from '@/store/selectors';

/** What the user writes in a chat: a message, or another text for one that they have sent. */
export function useWriting(conversationId: string) {
  const dispatch = useAppDispatch();
  const selfId = useAppSelector(selectSelfId);
  const draft = useAppSelector((state) => state.drafts[conversationId]);
  const edit = draft?.edit;
  const before = useAppSelector((state) =>
    edit
      ? selectChat(state, conversationId)?.history?.messages.find(({ id }) => id === edit.messageId)
          ?.text
      : undefined,
  );

  const change = (changed: Partial<Draft>) =>
    dispatch(draftEdited({ text: '', ...draft, conversationId, ...changed, editedAt: Date.now() }));

  return {
    text: edit ? edit.text : (draft?.text ?? ''),
    editing: edit?.messageId,
    replyTo: draft?.replyTo,
    write: (value: string) => {
      if (edit) change({ edit: { ...edit, text: value } });
      else change({ text: value });
      if (!edit && value.trim() !== '') dispatch(typingReported(conversationId));
    },
    /** Ends the edit, or the answer; what was written besides it stays. */
    cancel: () => change(edit ? { edit: undefined } : { replyTo: undefined }),
    send: () => {
      if (!edit) {
        // What ends in blanks ends there; blanks at the beginning indent the first line.
        const text = (draft?.text ?? '').trimEnd();
        dispatch(messageQueued(selfId, conversationId, text, draft?.replyTo));
        return;
      }
      const text = edit.text.trimEnd();
      if (text === before) {
        change({ edit: undefined });
        return;
      }
      const message = { conversationId, messageId: edit.messageId };
      dispatch(operationQueued(selfId, message, { kind: 'edit', text }));
    },
  };
}
