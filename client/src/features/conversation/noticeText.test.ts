import { expect, it } from 'vitest';
import type { Notice } from '@/model/chats/types';
import { ADA, BEN, CAT } from '@/testing/fixtures';
import { noticeText } from './noticeText';

const people = { ada: ADA, ben: BEN, cat: CAT };
const [ada, ben, cat] = ['ada', 'ben', 'cat'] as const;

/** As Ada reads it. */
it.each<[Notice['kind'], string, string, string]>([
  ['added', ada, ben, 'You added Ben Franklin'],
  ['added', ben, ben, 'Ben Franklin joined by a link'],
  ['added', ada, ada, 'You joined by a link'],
  ['removed', ben, ada, 'Ben Franklin removed you'],
  ['removed', ben, ben, 'Ben Franklin left'],
  ['admin', ada, ben, 'You made Ben Franklin an admin'],
  ['admin', ben, ada, 'Ben Franklin made you an admin'],
  ['member', ben, cat, 'Ben Franklin dismissed Cat Stevens as admin'],
  ['owner', ben, cat, 'Cat Stevens is the owner now'],
  ['owner', ben, ada, 'You are the owner now'],
  ['title', ben, ben, 'Ben Franklin changed the group’s name to “Hikers”'],
  ['title', ada, ada, 'You changed the group’s name to “Hikers”'],
  ['description', ben, ben, 'Ben Franklin changed the group’s description'],
  ['picture', ada, ada, 'You changed the group’s picture'],
  ['noPicture', ben, ben, 'Ben Franklin removed the group’s picture'],
])('a notice of “%s” by %s about %s says “%s”', (kind, by, userId, text) => {
  const notice = { kind, by, userId, title: 'Hikers', offset: 2, afterSeq: 0 };
  expect(noticeText(notice, people, ADA.id)).toBe(text);
});
