/**
 * The links by which files are loaded. They end after a while, so they are kept in memory alone, and
 * asked for together by all that come on the screen at the same time.
 */
import type { ThunkAction, UnknownAction } from '@reduxjs/toolkit';
import { mediaApi } from '@/api/media';
import type { Attachment } from '@/api/types';
import { selectSession } from '@/model/session';
import type { RootState } from '@/store/rootReducer';

export interface Link {
  url: string;
  thumbnailUrl: string | null;
}

/** `gone`: the user may not load it, or nobody can any more; `failed`: there was no answer. */
export type LinkAnswer = Link | 'gone' | 'failed';

type Thunk<T> = ThunkAction<T, RootState, undefined, UnknownAction>;

/** As long as one screen takes to draw what it shows. */
const GATHER_MS = 20;
/** The most that one request may name. */
const ASK_MAX = 100;
/** More than a person looks at before the links end. */
const KEPT_MAX = 1_000;
/** A link that ends sooner is asked for anew: what it leads to must have time to load. */
const AHEAD_MS = 120_000;
/** A clock that is wrong must not make every link look old; one that has ended is answered 403. */
const TRUSTED_MS = 300_000;

interface Shelf {
  /** Whose links these are. */
  session: string | null;
  links: Map<string, Link & { untilMs: number }>;
  waiting: Map<string, ((answer: LinkAnswer) => void)[]>;
}

/** One per store, which its `getState` stands for. */
const shelves = new WeakMap<() => RootState, Shelf>();

function shelfOf(getState: () => RootState): Shelf {
  const session = selectSession(getState()).id;
  const known = shelves.get(getState);
  if (known?.session === session) return known;
  const shelf: Shelf = { session, links: new Map(), waiting: new Map() };
  shelves.set(getState, shelf);
  return shelf;
}

/** A link that leads somewhere now; `anew` says that the one before did not. */
export const linkTo =
  (id: string, anew = false): Thunk<Promise<LinkAnswer>> =>
  async (dispatch, getState) => {
    const shelf = shelfOf(getState);
    const known = shelf.links.get(id);
    if (known && !anew && known.untilMs > Date.now()) return known;
    shelf.links.delete(id);
    return new Promise((resolve) => {
      if (shelf.waiting.size === 0) setTimeout(() => void dispatch(ask(shelf)), GATHER_MS);
      shelf.waiting.set(id, [...(shelf.waiting.get(id) ?? []), resolve]);
    });
  };

const ask =
  (shelf: Shelf): Thunk<Promise<void>> =>
  async (dispatch) => {
    const wanted = [...shelf.waiting];
    shelf.waiting = new Map();
    for (let at = 0; at < wanted.length; at += ASK_MAX) {
      const some = wanted.slice(at, at + ASK_MAX);
      const ids = some.map(([id]) => id);
      const request = mediaApi.endpoints.links.initiate(ids, { track: false });
      const { data } = await dispatch(request);
      const now = Date.now();
      for (const { id, url, thumbnail_url: thumbnailUrl, expires_at } of data?.links ?? []) {
        const untilMs = Math.max(Date.parse(expires_at) - AHEAD_MS, now + TRUSTED_MS);
        shelf.links.set(id, { url, thumbnailUrl, untilMs });
      }
      for (const [id, resolvers] of some) {
        const answer = shelf.links.get(id) ?? (data ? 'gone' : 'failed');
        for (const resolve of resolvers) resolve(answer);
      }
    }
    for (const id of [...shelf.links.keys()].slice(0, -KEPT_MAX)) shelf.links.delete(id);
  };

/** Has the browser save a file under its name. Answers whether there was one to save. */
export const saveFile =
  ({ id, name }: Pick<Attachment, 'id' | 'name'>): Thunk<Promise<boolean>> =>
  async (dispatch) => {
    const link = await dispatch(linkTo(id));
    if (typeof link === 'string') return false;
    const anchor = document.createElement('a');
    anchor.href = link.url;
    anchor.download = name;
    anchor.click();
    return true;
  };
