/** The web and mail addresses in what people write, and how each is drawn so that it cannot deceive. */
import { LinkifyIt, type Match } from 'linkify-it';
import type { Atom } from './formatting';

// Only what a browser opens by itself; `//host` is more often a comment than an address.
const finder = new LinkifyIt({ fuzzyLink: true }).add('ftp:', null).add('//', null);

const INVISIBLE = /\p{Cf}/u;

/** A bare `main.rs` or `notes.md` is more often a file than a host in Serbia or Moldova. */
function isMeant({ schema, text }: Match): boolean {
  if (INVISIBLE.test(text)) return false;
  if (schema !== '') return true;
  const [host = ''] = text.split(/[/?#:]/u);
  return /^www\./iu.test(host) || !/\.[a-z]{2}$/iu.test(host);
}

/** Scripts whose letters nobody takes for Latin ones: honest hosts have them beside `.com`. */
const BESIDE_LATIN =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Bopomofo}\p{sc=Arabic}\p{sc=Hebrew}\p{sc=Thai}\p{sc=Devanagari}\p{sc=Bengali}\p{sc=Tamil}ー]/gu;
/** The letters of ordinary alphabets. Latin letters beyond these are phonetic signs. */
const ORDINARY_LATIN = /[a-zß-öø-ɏḀ-ỿ]/gu;

/** True if a host has letters that may pass for others in it, as `аррӏе.com` does. */
export function mayDeceive(host: string): boolean {
  const rest = host.toLowerCase().normalize('NFC').replace(BESIDE_LATIN, '');
  const foreign = rest.replace(ORDINARY_LATIN, '');
  const hasLatin = foreign.length < rest.length && /\p{sc=Latin}/u.test(rest);
  return /\p{L}/u.test(foreign) && (hasLatin || /\p{sc=Latin}/u.test(foreign));
}

/** The host as the name servers know it: `xn--…` where it is not plain ASCII. */
function asciiHost(host: string): string {
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return host;
  }
}

/** Scheme or mailbox · host · the rest. */
const AROUND_HOST = /^([a-z]+:\/\/|(?:mailto:)?[^@/]+@)?([^/?#:]+)(.*)$/isu;

/** An address as it was written, but for a host that may deceive. */
function drawn(address: string): string {
  const [, before = '', host = '', after = ''] = AROUND_HOST.exec(address) ?? [];
  return mayDeceive(host) ? before + asciiHost(host) + after : address;
}

/** The address of the first page that a text links to, as it stands there. */
export function pageIn(text: string): string | null {
  const link = (finder.match(text) ?? []).find(
    (match) => isMeant(match) && /^https?:/iu.test(match.url),
  );
  return link ? text.slice(link.index, link.lastIndex) : null;
}

/** The links in a text, in its order. */
export function linksIn(text: string): Atom[] {
  return (finder.match(text) ?? []).filter(isMeant).map((link) => ({
    from: link.index,
    to: link.lastIndex,
    text: drawn(link.text),
    href: link.url,
  }));
}
