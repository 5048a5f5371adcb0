/** How many avatar and sender colours the style sheet defines (`--person-0` …). */
export const PERSON_COLOURS = 12;

/**
 * A colour number that stays the same for an id on every device: FNV-1a, whose lowest bits see little
 * of an id, finished as MurmurHash3 does.
 */
export function colourOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % PERSON_COLOURS;
}

/** The colour beside a neighbour's: the id's own, or the next one where the neighbour has that. */
export function colourBeside(id: string, neighbour: number | null): number {
  const own = colourOf(id);
  return own === neighbour ? (own + 1) % PERSON_COLOURS : own;
}

/** One or two initials, of words; a name without any is shown by its first character. */
export function initialsOf(name: string): string {
  const initials = name
    .split(/\s+/u)
    .flatMap((word) => /[\p{L}\p{N}]/u.exec(word)?.[0] ?? [])
    .filter((_, index, all) => index === 0 || index === all.length - 1);
  return initials.join('').toLocaleUpperCase() || (Array.from(name.trim())[0] ?? '?');
}
