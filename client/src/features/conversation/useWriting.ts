import { useClientConfigQuery } from '@/api/auth';
import type { LinkPreview } from '@/api/types';
import { mentionedIn } from '@/lib/mentions';
import { messageOf } from '@/model/chats/stretches';
import { draftEdited, type Draft } from '@/model/drafts';
import { operationQueued } from '@/model/operations';
import { messageQueued } from '@/model/outbox';
import { selectSelfId } from '@/model/session';
import { typingReported } from '@/realtime/actions';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { selectChat, selectMembers } from '@/store/selectors';

/** The default of the server, until it has told its own. */
const MENTIONS_MAX = 50;

/** What the user writes in a chat: a message, or another text for one that they have sent. */
export function useWriting(conversationId: string) {
  const dispatch = useAppDispatch();
  const selfId = useAppSelector(selectSelfId);
  const draft = useAppSelector((state) => state.drafts[conversationId]);
  const members = useAppSelector((state) => selectMembers(state, conversationId));
  const { data: config } = useClientConfigQuery();
  const edit = draft?.edit;
  const before = useAppSelector((state) => {
    const chat = selectChat(state, conversationId);
    return edit && chat && messageOf(chat, edit.messageId)?.text;
  });

  /** Whom of the group a text names. */
  const named = (text: string): string[] | undefined => {
    const max = config?.limits.mentions_max ?? MENTIONS_MAX;
    const ids = mentionedIn(text, members, max);
    return ids.length > 0 ? ids : undefined;
  };

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
    /** Sends it, with what it shows of the page that it links to. */
    send: (preview: LinkPreview | null) => {
      if (!edit) {
        // What ends in blanks ends there; blanks at the beginning indent the first line.
        const text = (draft?.text ?? '').trimEnd();
        const about = {
          replyTo: draft?.replyTo,
          mentions: named(text),
          ...(preview && { preview }),
        };
        dispatch(messageQueued(selfId, conversationId, text, about));
        return;
      }
      const text = edit.text.trimEnd();
      if (text === before) {
        change({ edit: undefined });
        return;
      }
      const message = { conversationId, messageId: edit.messageId };
      dispatch(operationQueued(selfId, message, { kind: 'edit', text, mentions: named(text) }));
    },
  };
}
