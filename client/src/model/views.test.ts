import { describe, expect, it } from 'vitest';
import { chatDropped } from './chats/slice';
import { chatLeft, listFiltered, listLeft, listSearched, viewsReducer } from './views';

const start = viewsReducer(undefined, { type: 'start' });
const left = (n: number) =>
  chatLeft({ conversationId: `c${n}`, place: { key: `m${n}`, topPx: n } });

describe('where the user was', () => {
  it('is kept for the list and for the chats left last', () => {
    const actions = [listSearched('mu'), listFiltered('groups'), listLeft({ topPx: 300 })];
    const state = [...actions, ...Array.from({ length: 60 }, (_, n) => left(n))].reduce(
      viewsReducer,
      start,
    );
    expect(state.list).toEqual({ search: 'mu', filter: 'groups', topPx: 300 });
    expect(state.places).toHaveLength(50);
    expect(state.places.at(-1)).toEqual({
      conversationId: 'c59',
      place: { key: 'm59', topPx: 59 },
    });
  });

  it('is forgotten for a chat that was left at its end, or for good', () => {
    const state = [left(1), left(2), left(1)].reduce(viewsReducer, start);
    expect(state.places.map((known) => known.conversationId)).toEqual(['c2', 'c1']);
    const atEnd = viewsReducer(state, chatLeft({ conversationId: 'c1', place: null }));
    expect(viewsReducer(atEnd, chatDropped('c2')).places).toEqual([]);
  });
});
