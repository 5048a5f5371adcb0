import { describe, expect, it } from 'vitest';
import { chatFromSnapshot } from '@/model/chats/apply';
import { ADA, aConversation, aMessage, BEN } from '@/testing/fixtures';
import { matchingChats } from './filter';
import { previewOf } from './rowPreview';

const last = aMessage({ seq: 2, text: 'newest' });
const chat = chatFromSnapshot(aConversation({ last_message: last, unread_count: 1 }));
const group = chatFromSnapshot(
  aConversation({ id: 'g', kind: 'group', title: 'Crew', last_message: last }),
);
const base = {
  chat,
  people: { [ADA.id]: ADA, [BEN.id]: BEN },
  selfId: ADA.id,
  pending: undefined,
  draft: undefined,
  typing: [],
};
const draft = { conversationId: 'c1', text: 'half', editedAt: 1 };

describe('a row', () => {
  it('tells of typing before a draft, and of a draft before the newest message', () => {
    expect(previewOf({ ...base, draft, typing: [BEN.id] }).text).toBe('typing…');
    expect(previewOf({ ...base, draft })).toMatchObject({ kind: 'draft', text: 'half' });
    expect(previewOf(base)).toMatchObject({ kind: 'message', text: 'newest', sender: null });
  });

  it('names the sender in a group', () => {
    expect(previewOf({ ...base, chat: group }).sender).toBe('Ben');
    expect(previewOf({ ...base, chat: group, typing: [BEN.id] }).text).toBe('Ben is typing…');
  });
});

describe('filters', () => {
  const selection = {
    order: ['c1', 'g'],
    chats: { c1: chat, g: group },
    people: base.people,
    selfId: ADA.id,
    filter: 'all' as const,
    search: '',
    activeId: undefined,
  };

  it('find by name and handle', () => {
    expect(matchingChats({ ...selection, search: 'frank' })).toEqual(['c1']);
    expect(matchingChats({ ...selection, search: 'crew' })).toEqual(['g']);
  });

  it('keep the open chat among the unread ones', () => {
    expect(matchingChats({ ...selection, filter: 'unread' })).toEqual(['c1']);
    expect(matchingChats({ ...selection, filter: 'unread', activeId: 'g' })).toEqual(['c1', 'g']);
    expect(matchingChats({ ...selection, filter: 'groups' })).toEqual(['g']);
  });
});
