import { describe, expect, it } from 'vitest';
import { ADA, aConversation } from '@/testing/fixtures';
import { snapshotsLoaded } from './chats/slice';
import {
  draftEdited,
  draftHeard,
  draftKept,
  draftsReducer,
  draftsRestored,
  hasDraft,
  type DraftsState,
} from './drafts';
import { messageQueued } from './outbox';

const NOW = Date.parse('2026-01-05T12:00:00Z');
const MINUTE = 60_000;

const written = (text: string, at = NOW, more = {}) =>
  draftEdited({ conversationId: 'c1', text, editedAt: at, ...more });
const onServer = (text: string, at = NOW, reply_to: string | null = null) => ({
  text,
  reply_to,
  updated_at: new Date(at).toISOString(),
});
const heard = (draft: ReturnType<typeof onServer> | null, { now = NOW, sure = false } = {}) =>
  draftHeard({ conversationId: 'c1', draft, now, sure });
const kept = (text: string) => draftKept({ conversationId: 'c1', text });
const after = (...actions: Parameters<typeof draftsReducer>[1][]) =>
  actions.reduce<DraftsState>(draftsReducer, {});

describe('a draft that is known on the server', () => {
  it('is so once the server has what it says, and not after it was changed', () => {
    expect(after(written('hel'), kept('hel')).c1).toMatchObject({ kept: true });
    expect(after(written('hel'), written('hello'), kept('hel')).c1).toMatchObject({
      text: 'hello',
      kept: false,
    });
    expect(after(written('hel'), kept('hel'), written('hello')).c1?.kept).toBe(false);
  });

  it('stays known when something else is edited besides', () => {
    const edit = { messageId: 'm', text: 'better' };
    expect(after(written('hel'), kept('hel'), written('hel', NOW, { edit })).c1).toMatchObject({
      edit,
      kept: true,
    });
    // An edit alone is nothing to tell.
    expect(after(written('', NOW, { edit })).c1).toMatchObject({ kept: true });
    expect(after(written('', NOW, { edit }), written('')).c1).toBeUndefined();
  });

  it('is still to be taken away there when it was sent or given up', () => {
    const sent = messageQueued(ADA.id, 'c1', 'hello');
    for (const over of [sent, written('')]) {
      const state = after(written('hello', 1), kept('hello'), over);
      expect(state.c1).toMatchObject({ text: '', kept: false });
      expect(hasDraft(state.c1)).toBe(false);
      const told = draftsReducer(state, kept(''));
      // An answer from before it was sent does not bring it back.
      const late = aConversation({ draft: onServer('hello') });
      const again = draftsReducer(told, snapshotsLoaded({ conversations: [late], selfId: ADA.id }));
      expect(again.c1).toMatchObject({ text: '', kept: true });
      expect(draftsReducer(again, heard(null, { sure: true })).c1).toBeUndefined();
      expect(after(draftsRestored(Object.values(told))).c1).toBeUndefined();
    }
  });
});

describe('what was begun on another device', () => {
  it('is taken where nothing was begun here, from a snapshot too', () => {
    expect(after(heard(onServer('from afar', NOW, 'm1'))).c1).toMatchObject({
      text: 'from afar',
      replyTo: 'm1',
      kept: true,
    });
    const told = snapshotsLoaded({
      conversations: [aConversation({ draft: onServer('from afar') })],
      selfId: ADA.id,
    });
    expect(after(told).c1).toMatchObject({ text: 'from afar', kept: true });
  });

  it('takes the place of what was told before, and takes it away', () => {
    const told = [written('here', NOW - MINUTE), kept('here')];
    expect(after(...told, heard(onServer('from afar'))).c1?.text).toBe('from afar');
    expect(after(...told, heard(null)).c1).toBeUndefined();
  });

  it('never disturbs who is writing', () => {
    const state = after(written('here', NOW - 2_000), kept('here'));
    expect(draftsReducer(state, heard(onServer('from afar'))).c1?.text).toBe('here');
    expect(draftsReducer(state, heard(null)).c1?.text).toBe('here');
  });

  it('only counts when it is newer than what was written here offline', () => {
    const offline = written('here', NOW - 10 * MINUTE);
    const older = heard(onServer('from afar', NOW - 20 * MINUTE), { sure: true });
    const newer = heard(onServer('from afar', NOW - MINUTE), { sure: true });
    expect(after(offline, older).c1).toMatchObject({ text: 'here', kept: false });
    expect(after(offline, heard(null, { sure: true })).c1?.text).toBe('here');
    expect(after(offline, newer).c1).toMatchObject({ text: 'from afar', kept: true });
  });

  it('leaves an edit, and a clock that is behind, to this device', () => {
    const edit = { messageId: 'm', text: 'better' };
    const state = after(
      written('', NOW - MINUTE, { edit }),
      heard(onServer('from afar', NOW + 10 * MINUTE)),
    );
    expect(state.c1).toMatchObject({ edit, text: 'from afar', editedAt: NOW });
    expect(draftsReducer(state, written('from afar, on', NOW + 1)).c1?.text).toBe('from afar, on');
  });

  it('that the words here build on is no newer than they, however far behind the clock is', () => {
    const told = [written('hello', NOW - 61 * MINUTE), kept('hello')];
    const behind = written('hello there', NOW - 60 * MINUTE);
    const before = heard(onServer('hello', NOW), { sure: true });
    expect(after(...told, behind, before).c1).toMatchObject({ text: 'hello there', kept: false });
    // They were told of while somebody went on to write.
    const onTheWay = [written('hel', NOW - 61 * MINUTE), behind, kept('hel')];
    expect(after(...onTheWay, heard(onServer('hel'), { sure: true })).c1?.text).toBe('hello there');
    // Something else was written elsewhere, and later.
    const other = heard(onServer('from afar', NOW), { sure: true });
    expect(after(...told, behind, other).c1?.text).toBe('from afar');
  });
});
