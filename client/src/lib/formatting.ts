/**
 * What the marks in a message's text mean, as people know them from other chats: `*bold*`,
 * `_italic_`, `~struck~`, `` `code` ``, code blocks between three backticks, lines that begin with
 * `> ` (a quote), with `- ` or `* ` (a list) or with `1. ` (a numbered one). Whatever is not closed,
 * or stands within a word, is what was typed. Reads a text once from left to right.
 */

/** What stands in a text and is not read for marks: an address, or somebody's name. */
export interface Atom {
  /** Where it begins and ends in the text, in UTF-16 units. */
  from: number;
  to: number;
  /** How it is drawn. */
  text: string;
  /** Where an address leads. */
  href?: string;
  /** Whom it names. */
  userId?: string;
}

export type Mark = 'bold' | 'italic' | 'struck';

export type Inline =
  | { type: 'text' | 'code'; text: string }
  | { type: 'atom'; atom: Atom }
  | { type: Mark; children: Inline[] };

export type Block =
  | { type: 'lines' | 'quote'; children: Inline[] }
  | { type: 'code'; text: string }
  /** Of a numbered one each item has the number that was typed. */
  | { type: 'list'; numbered: boolean; items: { number: number; children: Inline[] }[] };

const MARKS: Partial<Record<string, Mark>> = { '*': 'bold', _: 'italic', '~': 'struck' };
/** A text without one of these, at such a place, is one run of lines. */
const MAY_BE_MARKED = /[*_~`]|^(?:> |- |\d{1,3}\. )/mu;
/** A sign after itself, or after the arm of a shrug, begins nothing. */
const UNMARKS = new Set(['**', '__', '~~', '\\_']);
const FENCE = '```';
/** A letter or digit, or a mark on one; a variation selector or a key's frame belongs to an emoji. */
const WORD = /[\p{L}\p{N}]|(?![\ufe00-\ufe0f\u20e3])\p{M}/u;
const BLANK = /\s/u;
const QUOTED = /^> (?=.*\S)/u;
const BULLET = /^[-*] (?=.*\S)/u;
const NUMBERED = /^(\d{1,3})\. (?=.*\S)/u;

/** The character that ends before `at`; an empty string at the beginning. */
function before(text: string, at: number): string {
  const low = text.charCodeAt(at - 1);
  return text.slice(low >= 0xdc00 && low <= 0xdfff ? at - 2 : at - 1, at);
}

function after(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
}

const isBlank = (character: string) => character === '' || BLANK.test(character);
const isWord = (character: string) => character !== '' && WORD.test(character);

interface Open {
  mark: Mark;
  sign: string;
  /** What came since, in its place if it is never closed. */
  children: Inline[];
}

function addText(to: Inline[], text: string): void {
  if (text === '') return;
  const last = to.at(-1);
  if (last?.type === 'text') last.text += text;
  else to.push({ type: 'text', text });
}

function addAll(to: Inline[], parts: Inline[]): void {
  for (const part of parts) {
    if (part.type === 'text') addText(to, part.text);
    else to.push(part);
  }
}

/** The atoms from a place on; places are asked for in ascending order. */
function atomsFrom(atoms: Atom[]): (at: number) => Atom | undefined {
  let next = 0;
  return (at) => {
    while ((atoms[next]?.from ?? Infinity) < at) next += 1;
    return atoms[next];
  };
}

/** Reads one line, which is `text` from `start` to `end`. */
function readLine(
  text: string,
  start: number,
  end: number,
  nextAtom: (at: number) => Atom | undefined,
): Inline[] {
  const line: Inline[] = [];
  const open: Open[] = [];
  /** Once no backtick follows none is looked for again. */
  let lastTick = end;
  const top = () => open.at(-1)?.children ?? line;

  /** Leaves what is open from the place `depth` on as it was typed. */
  const abandon = (depth: number) => {
    for (const { sign, children } of open.splice(depth)) {
      addText(top(), sign);
      addAll(top(), children);
    }
  };

  let plainFrom = start;
  const flush = (to: number) => addText(top(), text.slice(plainFrom, to));
  for (let at = start; at < end;) {
    const atom = nextAtom(at);
    if (atom?.from === at && atom.to <= end) {
      flush(at);
      top().push({ type: 'atom', atom });
      at = atom.to;
      plainFrom = at;
      continue;
    }
    const sign = text[at] ?? '';
    if (sign === '`' && at < lastTick) {
      const ticks = text.startsWith(FENCE, at) ? FENCE : sign;
      const close = text.indexOf(ticks, at + ticks.length);
      if (close < 0 || close >= end) {
        if (ticks === sign) lastTick = at;
        at += ticks.length;
        continue;
      }
      const code = text.slice(at + ticks.length, close);
      if (code.trim() === '') {
        at += ticks.length;
        continue;
      }
      flush(at);
      top().push({ type: 'code', text: code });
      at = close + ticks.length;
      plainFrom = at;
      continue;
    }
    const mark = MARKS[sign];
    if (mark === undefined) {
      at += 1;
      continue;
    }
    const left = at === start ? '' : before(text, at);
    const right = at + 1 >= end ? '' : after(text, at + 1);
    const depth = open.findIndex((known) => known.mark === mark);
    if (depth >= 0) {
      const isClosing = !isBlank(left) && left !== sign && !isWord(right) && right !== sign;
      if (isClosing) {
        flush(at);
        abandon(depth + 1);
        const { children } = open.pop() ?? { children: [] };
        top().push({ type: mark, children });
        plainFrom = at + 1;
      }
    } else if (!isBlank(right) && right !== sign && !isWord(left) && !UNMARKS.has(left + sign)) {
      flush(at);
      open.push({ mark, sign, children: [] });
      plainFrom = at + 1;
    }
    at += 1;
  }
  flush(end);
  abandon(0);
  return line;
}

/** The text as blocks, one below the other; `atoms` are in the order of their places. */
export function blocksOf(text: string, atoms: Atom[] = []): Block[] {
  if (!MAY_BE_MARKED.test(text) && atoms.length === 0) {
    return text === '' ? [] : [{ type: 'lines', children: [{ type: 'text', text }] }];
  }
  const blocks: Block[] = [];
  const nextAtom = atomsFrom(atoms);

  /** Adds a line to the block above if that is of its kind. */
  const addLine = (type: 'lines' | 'quote', children: Inline[]) => {
    const last = blocks.at(-1);
    if (last?.type !== type) {
      blocks.push({ type, children });
      return;
    }
    addText(last.children, '\n');
    addAll(last.children, children);
  };

  let fences = true;
  for (let at = 0; at <= text.length;) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    if (fences && text.startsWith(FENCE, at)) {
      const close = text.indexOf(FENCE, at + FENCE.length);
      // Without one there is none for what comes after, either.
      fences = close >= 0;
      const past = close + FENCE.length;
      const code = fences ? text.slice(at + FENCE.length, close) : '';
      const alone = past === text.length || text[past] === '\n';
      if (code.trim() !== '' && alone) {
        blocks.push({ type: 'code', text: code.replace(/^\n|\n$/gu, '') });
        at = past + 1;
        continue;
      }
    }
    const line = text.slice(at, end);
    const lead = QUOTED.exec(line) ?? BULLET.exec(line) ?? NUMBERED.exec(line);
    const children = readLine(text, at + (lead?.[0].length ?? 0), end, nextAtom);
    if (!lead) {
      addLine('lines', children);
    } else if (lead[0] === '> ') {
      addLine('quote', children);
    } else {
      const numbered = lead[1] !== undefined;
      const item = { number: Number(lead[1] ?? 0), children };
      const last = blocks.at(-1);
      if (last?.type === 'list' && last.numbered === numbered) last.items.push(item);
      else blocks.push({ type: 'list', numbered, items: [item] });
    }
    at = end + 1;
  }
  return blocks;
}

function plainInline(parts: Inline[]): string {
  return parts
    .map((part) => {
      if (part.type === 'atom') return part.atom.text;
      return 'children' in part ? plainInline(part.children) : part.text;
    })
    .join('');
}

/** The text without its marks, as a preview says it. */
export function plainText(text: string, atoms: Atom[] = []): string {
  if (!MAY_BE_MARKED.test(text) && atoms.length === 0) return text;
  return blocksOf(text, atoms)
    .map((block) => {
      if (block.type === 'code') return block.text;
      if (block.type !== 'list') return plainInline(block.children);
      return block.items
        .map(({ number, children }) => {
          const lead = block.numbered ? `${number}.` : '•';
          return `${lead} ${plainInline(children)}`;
        })
        .join('\n');
    })
    .join('\n');
}

/** What room is left for a text that is shortened, in UTF-16 units. */
interface Room {
  left: number;
}

/** A text's beginning that fits, up to a blank where one is near and never within a character. */
function shortened(text: string, room: Room): string {
  if (text.length <= room.left) {
    room.left -= text.length;
    return text;
  }
  const cut = text.slice(0, room.left);
  room.left = 0;
  const blank = cut.search(/\s\S{0,30}$/u);
  return blank > 0 ? cut.slice(0, blank) : cut.replace(/[\ud800-\udbff\u200d]$/u, '');
}

function shortenedInline(parts: Inline[], room: Room): Inline[] {
  const shown: Inline[] = [];
  for (const part of parts) {
    if (room.left <= 0) break;
    if (part.type === 'atom') {
      room.left -= part.atom.text.length;
      shown.push(part);
    } else if ('children' in part) {
      shown.push({ ...part, children: shortenedInline(part.children, room) });
    } else {
      shown.push({ ...part, text: shortened(part.text, room) });
    }
  }
  return shown;
}

/** The beginning of blocks, about as long as `units` of UTF-16; its marks stay whole. */
export function beginningOf(blocks: Block[], units: number): Block[] {
  const room: Room = { left: units };
  const shown: Block[] = [];
  for (const block of blocks) {
    if (room.left <= 0) break;
    if (block.type === 'code') {
      shown.push({ ...block, text: shortened(block.text, room) });
    } else if (block.type === 'list') {
      const items = block.items.flatMap((item) =>
        room.left > 0 ? [{ ...item, children: shortenedInline(item.children, room) }] : [],
      );
      shown.push({ ...block, items });
    } else {
      shown.push({ ...block, children: shortenedInline(block.children, room) });
    }
  }
  return shown;
}
