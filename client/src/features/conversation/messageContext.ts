import { createContext } from 'react';
import type { Bubble } from './timeline';

/** Where a menu opens, in pixels of the window. */
export interface Point {
  x: number;
  y: number;
}

/** What a bubble asks of the list that it stands in. */
export interface MessageHandlers {
  /** Shows what can be done: at a point for a pointer, in a sheet for a finger. */
  openMenu: (bubble: Bubble, at: Point | null) => void;
  reply: (bubble: Bubble) => void;
  /** Goes to a message, which is loaded if need be. */
  jump: (messageId: string) => void;
  showVersions: (bubble: Bubble) => void;
  showReactions: (bubble: Bubble) => void;
  /** Shows a picture large. */
  showPicture: (bubble: Bubble) => void;
  /** Shows somebody whom a message names. */
  showPerson: (userId: string) => void;
  /** The ids of the messages that are selected; null while none is being chosen. */
  selection: ReadonlySet<string> | null;
  /** Selects a message, or not any more. */
  toggle: (messageId: string) => void;
  /** The keys of long messages of which the whole text is shown, as long as the chat is open. */
  expanded: Set<string>;
}

const nothing = () => undefined;

export const MessageContext = createContext<MessageHandlers>({
  openMenu: nothing,
  reply: nothing,
  jump: nothing,
  showVersions: nothing,
  showReactions: nothing,
  showPicture: nothing,
  showPerson: nothing,
  selection: null,
  toggle: nothing,
  expanded: new Set(),
});
