/** What can be done with a message. */
import type { ClientConfig } from '@/api/types';
import { isOwnChat } from '@/model/chats/direct';
import type { Chat } from '@/model/chats/types';
import type { Bubble } from './timeline';

export type MessageAction =
  | 'react'
  | 'reply'
  | 'copy'
  | 'edit'
  | 'forward'
  | 'star'
  | 'unstar'
  | 'pin'
  | 'unpin'
  | 'info'
  | 'select'
  | 'delete'
  | 'deleteForEveryone';

type Windows = Pick<ClientConfig['limits'], 'edit_window_s' | 'delete_window_s'>;

/** The defaults of the server, until it has told its own. */
export const DEFAULT_WINDOWS: Windows = { edit_window_s: 900, delete_window_s: 172_800 };

interface About {
  chat: Chat;
  bubble: Bubble;
  selfId: string;
  /** It stands above the chat. */
  pinned: boolean;
  windows: Windows;
  /** Milliseconds since 1970. */
  now: number;
}

/** In the order of the menu: `react` stands above it, `deleteForEveryone` is a choice of `delete`. */
export function actionsFor({ chat, bubble, selfId, pinned, windows, now }: About): MessageAction[] {
  const { id, deleted, senderId } = bubble;
  const hasText = !deleted && bubble.text !== '';
  if (id === null) return hasText ? ['copy'] : [];
  const own = senderId === selfId;
  const ageS = (now - Date.parse(bubble.createdAt)) / 1_000;
  const inside = chat.state === 'active' && !chat.blocked;
  // Before both have accepted, what was written stays as it is.
  const settled = inside && !chat.awaitsOther;
  const stands = (chat.roles[selfId] ?? 'member') !== 'member';
  const actions: MessageAction[] = [];
  if (settled && !deleted) actions.push('react');
  if (inside && !deleted) actions.push('reply');
  if (hasText) actions.push('copy');
  if (settled && own && !deleted && ageS < windows.edit_window_s) actions.push('edit');
  if (inside && !deleted) actions.push('forward');
  if (chat.state === 'active' && !deleted) actions.push(bubble.starred ? 'unstar' : 'star');
  if (settled && !deleted) actions.push(pinned ? 'unpin' : 'pin');
  if (settled && own && !deleted && !isOwnChat(chat)) actions.push('info');
  if (chat.state === 'active') actions.push('select', 'delete');
  if (settled && !deleted && ((own && ageS < windows.delete_window_s) || stands)) {
    actions.push('deleteForEveryone');
  }
  return actions;
}
