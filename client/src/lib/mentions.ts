/** Who is named in a text: a mention is written as `@` and the person's handle. */
import type { User } from '@/api/types';
import type { Atom } from './formatting';
import { isolated, nameOf } from './names';

/** No part of a longer word, and none of a mail address. */
const HANDLE = /(?<![\p{L}\p{N}_.@])@([a-z0-9_.]{2,32})/giu;

interface Found {
  from: number;
  to: number;
  user: User;
}

/** The mentions of some people in a text, in the order of the text. */
function mentionsIn(text: string, users: Iterable<User>): Found[] {
  if (!text.includes('@')) return [];
  const byHandle = new Map([...users].map((user) => [user.handle, user]));
  return [...text.matchAll(HANDLE)].flatMap(({ index, 1: written = '' }) => {
    // A full stop at the end is more often the sentence's than the handle's.
    for (let handle = written.toLowerCase(); ; handle = handle.slice(0, -1)) {
      const user = byHandle.get(handle);
      if (user) return [{ from: index, to: index + 1 + handle.length, user }];
      if (!handle.endsWith('.')) return [];
    }
  });
}

/** The ids of those whom a text names, each once, no more than `max`. */
export function mentionedIn(text: string, members: Iterable<User>, max: number): string[] {
  const ids = mentionsIn(text, members).map(({ user }) => user.id);
  return [...new Set(ids)].slice(0, max);
}

/** Mentions as they are drawn: by the name that people are known by. */
export function mentionAtoms(
  text: string,
  mentions: string[],
  people: Partial<Record<string, User>>,
): Atom[] {
  if (mentions.length === 0) return [];
  const named = mentions.flatMap((id) => people[id] ?? []);
  return mentionsIn(text, named).map(({ from, to, user }) => ({
    from,
    to,
    text: `@${isolated(nameOf(user))}`,
    userId: user.id,
  }));
}
