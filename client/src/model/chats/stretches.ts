/**
 * The stretches of messages that a device has of a chat: its tail, which grows with the log, and,
 * after a jump, one around an older message. In neither a message is missing between two, and they
 * become one as soon as none is missing between them.
 */
import { current, isDraft } from '@reduxjs/toolkit';
import type { Message, MessagePage } from '@/api/types';
import { completed, later } from './message';
import type { Chat, History, Stretch } from './types';

/**
 * The newest messages, those before or after the stretch that is shown, or those around a message.
 */
export type PageKind = 'latest' | 'older' | 'newer' | 'around';

/** The list itself where a reducer hands out a draft, which would wrap each message that is read. */
export function plain(messages: Message[]): Message[] {
  return isDraft(messages) ? current(messages) : messages;
}

/** The stretch that a reader looks at. */
export function shownOf({ history, past }: Pick<Chat, 'history' | 'past'>): Stretch | null {
  return past ?? history;
}

/** A message, if it is on this device. */
export function messageOf(chat: Chat, messageId: string): Message | undefined {
  const isIt = ({ id }: Message) => id === messageId;
  return chat.history?.messages.find(isIt) ?? chat.past?.messages.find(isIt);
}

/** The number of the message that a page of this kind continues; undefined: it continues none. */
export function endOf(chat: Chat, kind: PageKind): number | undefined {
  if (kind === 'older') return shownOf(chat)?.messages[0]?.seq;
  return kind === 'newer' ? chat.past?.messages.at(-1)?.seq : undefined;
}

/** Takes a page of messages in. */
export function mergePage(chat: Chat, page: MessagePage, kind: PageKind): void {
  // The database was restored meanwhile: this page belongs to another history.
  if (page.topic.epoch !== chat.position.epoch) return;
  // A message was changed while the page was under way; whoever wants it asks again.
  if (page.topic.offset < chat.changedAt) return;
  // The user may have cleared or deleted some while the page was under way.
  const isKept = ({ id, seq }: Message) => seq >= chat.firstSeq && !chat.hidden.includes(id);
  const messages = page.messages.filter(isKept).map(completed);
  const hasMore = page.has_more && (page.messages[0]?.seq ?? 0) > chat.firstSeq;
  switch (kind) {
    case 'latest':
      chat.history = withLatest(chat.history, { messages, hasMore });
      break;
    case 'older':
      addOlder(chat, { messages, hasMore });
      break;
    case 'newer':
      addNewer(chat, messages);
      break;
    case 'around':
      if (messages.length > 0) chat.past = { messages, hasMore };
      break;
  }
  join(chat);
}

function addOlder(chat: Chat, { messages, hasMore }: Stretch): void {
  const shown = shownOf(chat);
  if (!shown || (shown === chat.history && chat.history.stale)) return;
  const known = plain(shown.messages);
  const firstSeq = known[0]?.seq ?? Number.POSITIVE_INFINITY;
  shown.messages = [...messages.filter(({ seq }) => seq < firstSeq), ...known];
  shown.hasMore = hasMore;
}

function addNewer({ past }: Chat, messages: Message[]): void {
  if (!past) return;
  const known = plain(past.messages);
  const lastSeq = known.at(-1)?.seq ?? 0;
  past.messages = [...known, ...messages.filter(({ seq }) => seq > lastSeq)];
}

/** The tail once the newest page is there. */
function withLatest(known: History | null, page: Stretch): History {
  const first = page.messages[0];
  const last = page.messages.at(-1);
  const knownMessages = plain(known?.messages ?? []);
  const knownFirst = knownMessages[0];
  const knownLast = knownMessages.at(-1);
  // What happened to the messages of a stale stretch is not known, so none of them stays.
  const joins =
    first && last && knownFirst && knownLast && !known?.stale && first.seq <= knownLast.seq + 1;
  if (!known || !joins) return { ...page, notices: [], stale: false };
  const byId = new Map(knownMessages.map((message) => [message.id, message]));
  return {
    ...known,
    // Within its bounds the page is whole: what it lacks was deleted by the user for themselves.
    messages: [
      ...knownMessages.filter(({ seq }) => seq < first.seq),
      // What the user did here may not have been known yet when the page was read.
      ...page.messages.map((message) => later(byId.get(message.id), message)),
      ...knownMessages.filter(({ seq }) => seq > last.seq),
    ],
    hasMore: knownFirst.seq < first.seq ? known.hasMore : page.hasMore,
    stale: false,
  };
}

/** Makes one stretch of two between which nothing is missing. */
function join(chat: Chat): void {
  const { history, past } = chat;
  if (!history || history.stale || !past) return;
  const tail = plain(history.messages);
  const firstSeq = tail[0]?.seq ?? 0;
  const older = plain(past.messages);
  if ((older.at(-1)?.seq ?? 0) < firstSeq - 1) return;
  if ((older[0]?.seq ?? firstSeq) < firstSeq || tail.length === 0) {
    history.messages = [
      ...(tail.length === 0 ? older : older.filter(({ seq }) => seq < firstSeq)),
      ...tail,
    ];
    history.hasMore = past.hasMore;
  }
  chat.past = null;
}
