import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { mentionsApi } from '@/api/mentions';
import { knownMentions } from '@/model/chats/mentions';
import type { Chat } from '@/model/chats/types';
import { selectSelfId } from '@/model/session';
import { badgeNumber } from '@/lib/locale';
import { useAppDispatch, useAppSelector } from '@/store/hooks';

interface Props {
  chat: Chat;
  jump: (messageId: string) => void;
  /** They could not be asked for. */
  onMissing: (why: 'failed') => void;
}

/** Goes from one unread message that names the user to the next one, and from the last to the first. */
export function MentionButton({ chat, jump, onMissing }: Props) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const selfId = useAppSelector(selectSelfId);
  const [asking, setAsking] = useState(false);
  /** The place of the one that was visited last. */
  const visited = useRef(0);
  const label = t('conversation.toMention');

  async function find() {
    const known = knownMentions(chat, selfId).map(({ id, seq }) => ({ message_id: id, seq }));
    if (known.length >= chat.unreadMentions) return known;
    const request = dispatch(
      mentionsApi.endpoints.mentions.initiate(chat.id, { forceRefetch: true }),
    );
    try {
      return (await request.unwrap()).mentions;
    } catch {
      // What is on this device can be gone to all the same.
      return known;
    } finally {
      request.unsubscribe();
    }
  }

  async function toNext(): Promise<void> {
    setAsking(true);
    const mentions = await find();
    setAsking(false);
    const next = mentions.find(({ seq }) => seq > visited.current) ?? mentions[0];
    if (!next) {
      onMissing('failed');
      return;
    }
    visited.current = next.seq;
    jump(next.message_id);
  }

  return (
    <div className="to-end to-mention">
      <button
        type="button"
        className="icon-button"
        aria-label={label}
        title={label}
        disabled={asking}
        onClick={() => void toNext()}
      >
        @
      </button>
      <span className="badge">{badgeNumber(chat.unreadMentions)}</span>
    </div>
  );
}
