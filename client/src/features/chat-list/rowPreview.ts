import { t } from '@/i18n/i18n';
import type { AttachmentKind, User } from '@/api/types';
import { lineOf } from '@/lib/attachments';
import { lastSeqOf } from '@/model/chats/apply';
import type { Chat } from '@/model/chats/types';
import { spokenText } from '@/lib/messageText';
import { isolated, nameOf } from '@/lib/names';
import { hasDraft, type Draft } from '@/model/drafts';
import type { OutboxEntry } from '@/model/outbox';
import { deletedText } from '@/lib/deletedText';
import { statusOf, statusOfEntry, type MessageStatus } from '@/store/selectors';

export interface RowPreview {
  kind: 'typing' | 'draft' | 'message' | 'empty';
  text: string;
  /** What the message carries. */
  carries: AttachmentKind | null;
  /** Who wrote it, in groups. */
  sender: string | null;
  status: MessageStatus;
  /** When it was written; the chat's beginning if nothing was. */
  at: string;
}

interface Sources {
  chat: Chat;
  people: Record<string, User>;
  selfId: string;
  /** The newest message written here that is not in the chat yet. */
  pending: OutboxEntry | undefined;
  draft: Draft | undefined;
  typing: string[];
}

function firstName(user: User | undefined): string {
  return nameOf(user).split(' ')[0] ?? '';
}

/** The second line of a chat's row: what is going on, else what was written last. */
export function previewOf({ chat, people, selfId, pending, draft, typing }: Sources): RowPreview {
  const last = chat.lastMessage;
  const base = {
    sender: null,
    carries: null,
    status: 'received',
    at: last?.created_at ?? chat.createdAt,
  } as const;
  const group = chat.kind === 'group';
  if (chat.state === 'requested') {
    const asker = chat.memberIds.find((id) => id !== selfId);
    const who = asker === undefined ? t('common.someone') : isolated(firstName(people[asker]));
    return { ...base, kind: 'empty', text: t('chats.wantsYouBack', { name: who }) };
  }
  const [typist] = typing;
  if (typist !== undefined) {
    const text = group
      ? t('chats.isTyping', { name: isolated(firstName(people[typist])) })
      : t('common.typing');
    return { ...base, kind: 'typing', text };
  }
  if (hasDraft(draft)) {
    const text = draft.text.trim() || t('media.voice');
    return { ...base, kind: 'draft', text, carries: draft.voice ? 'voice' : null };
  }
  if (pending && (pending.message?.seq ?? Number.POSITIVE_INFINITY) > lastSeqOf(chat)) {
    const status = statusOfEntry(chat, pending, selfId);
    const { createdAt: at } = pending;
    const file = pending.file ?? pending.forward?.attachment ?? null;
    const text = lineOf(spokenText(pending, people), file);
    return { ...base, kind: 'message', text, carries: file?.kind ?? null, status, at };
  }
  if (!last) {
    return { ...base, kind: 'empty', text: group ? t('chats.groupCreated') : t('chats.sayHello') };
  }
  const mine = last.sender_id === selfId;
  return {
    ...base,
    kind: 'message',
    text: last.deleted ? deletedText(mine) : lineOf(spokenText(last, people), last.attachment),
    carries: last.attachment?.kind ?? null,
    sender: group && !mine ? firstName(people[last.sender_id]) : null,
    status: statusOf(chat, last, selfId),
  };
}
