import { describe, expect, it } from 'vitest';
import { bytes, count, duration, milliseconds, perSecond, shortId, written } from './units';

describe('quantities', () => {
  it.each([
    [count(0), '0'],
    [count(12_098, 'open'), '12,098 open'],
    [count(99_999), '99,999'],
    [count(174_201_442), '174.2M'],
    [perSecond(0), '0 /s'],
    [perSecond(0.44), '0.4 /s'],
    [perSecond(38.4), '38 /s'],
    [milliseconds(null), '– ms'],
    [milliseconds(0.84), '0.8 ms'],
    [milliseconds(38.4), '38 ms'],
    [milliseconds(1_400), '1.4 s'],
    [bytes(0), '0 B'],
    [bytes(1_023), '1,023 B'],
    [bytes(12_700), '12.4 KiB'],
    [bytes(3 * 1_024 ** 2), '3 MiB'],
    [bytes(5 * 1_024 ** 4), '5,120 GiB'],
  ])('%o is written %s', (quantity, text) => expect(written(quantity)).toBe(text));
});

describe('duration', () => {
  it.each([
    [-1, '0 s'],
    [12.9, '12 s'],
    [250, '4 min 10 s'],
    [7_500, '2 h 5 min'],
    [273_912, '3 d 4 h'],
  ])('%d s is %s', (seconds, text) => expect(duration(seconds)).toBe(text));
});

describe('shortId', () => {
  it.each([
    ['chat:01a20e19-1a46-7067-a09f-2a521a3c58ab', 'chat:…2a521a3c58ab'],
    ['01a20e19-1a46-7067-a09f-2a521a3c58ab', '…2a521a3c58ab'],
    ['control', 'control'],
    ['user:short', 'user:short'],
  ])('%s is shown as %s', (id, text) => expect(shortId(id)).toBe(text));
});
