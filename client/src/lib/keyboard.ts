/** Apple's keyboards type letters with Option, where others have Alt for shortcuts. */
export const APPLE = /Macintosh|iPhone|iPad/.test(navigator.userAgent);

/** The key code of every key that an input method takes for itself. */
const TAKEN_BY_INPUT_METHOD = 229;

type Composition = Pick<KeyboardEvent, 'isComposing' | 'keyCode'>;

/** True while an input method is at work: the key belongs to it and not to the app. */
export function isComposing(event: Composition): boolean {
  // Safari ends the composition before it reports the Enter that ended it; only the code tells.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else says it in Safari
  return event.isComposing || event.keyCode === TAKEN_BY_INPUT_METHOD;
}

export type Shortcut = 'new' | 'previous' | 'next' | 'close';

type Press = Composition &
  Pick<
    KeyboardEvent,
    'altKey' | 'ctrlKey' | 'metaKey' | 'key' | 'code' | 'defaultPrevented' | 'getModifierState'
  >;

const WITH_ALT: Partial<Record<string, Shortcut>> = {
  KeyN: 'new',
  ArrowUp: 'previous',
  ArrowDown: 'next',
};

/** What a key press asks of the app; null where it types, or means nothing. */
export function shortcutOf(press: Press, apple: boolean = APPLE): Shortcut | null {
  if (press.defaultPrevented || isComposing(press)) return null;
  if (press.key === 'Escape') return 'close';
  // Option alone writes (ñ is Option+N, then N) and moves by paragraphs; so does AltGr elsewhere.
  const modifiers = press.altKey && press.ctrlKey === apple && !press.metaKey;
  const writes = press.key === 'Dead' || press.getModifierState('AltGraph');
  return modifiers && !writes ? (WITH_ALT[press.code] ?? null) : null;
}
