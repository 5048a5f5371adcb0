import { act, fireEvent, render, screen } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { pulled, useTouchGestures } from './useTouchGestures';

const onLongPress = vi.fn();
const onReply = vi.fn();

function Line({ answerable }: { answerable: boolean }) {
  const gestures = useTouchGestures({ onLongPress, onReply: answerable ? onReply : null });
  return <p {...gestures}>line</p>;
}

const line = () => screen.getByText('line');
const finger = { pointerType: 'touch', isPrimary: true, clientX: 100, clientY: 100 };
const press = (over = {}) => fireEvent.pointerDown(line(), { ...finger, ...over });
const move = (dx: number, dy = 0) =>
  fireEvent.pointerMove(line(), { ...finger, clientX: 100 + dx, clientY: 100 + dy });
const letGo = (dx = 0) => fireEvent.pointerUp(line(), { ...finger, clientX: 100 + dx });
const wait = (ms: number): void => act(() => void vi.advanceTimersByTime(ms));

beforeEach(() => {
  vi.resetAllMocks();
  vi.useFakeTimers();
  render(<Line answerable />);
});

describe('a finger that rests on a line', () => {
  it('opens its menu, though it trembles', () => {
    press();
    move(3, 3);
    wait(440);
    expect(onLongPress).not.toHaveBeenCalled();
    wait(20);
    expect(onLongPress).toHaveBeenCalledOnce();
    letGo(80);
    expect(onReply).not.toHaveBeenCalled();
  });

  it.each([
    ['that is lifted', () => letGo()],
    ['that scrolls', () => move(0, 30)],
    ['that the browser takes for itself', () => fireEvent.pointerCancel(line())],
  ])('opens nothing: one %s', (_, otherwise) => {
    press();
    otherwise();
    wait(1_000);
    expect(onLongPress).not.toHaveBeenCalled();
  });

  it('is no mouse, and no second finger', () => {
    press({ pointerType: 'mouse' });
    press({ isPrimary: false });
    wait(1_000);
    expect(onLongPress).not.toHaveBeenCalled();
  });
});

describe('a finger that pulls a line', () => {
  it('answers once it was pulled far enough, and the line goes back', () => {
    press();
    move(30);
    expect(line().style.translate).toBe('30px');
    letGo(30);
    expect(onReply).not.toHaveBeenCalled();
    press();
    move(30);
    move(70);
    letGo(70);
    expect(onReply).toHaveBeenCalledOnce();
    expect(line().style.translate).toBe('');
    wait(1_000);
    expect(onLongPress).not.toHaveBeenCalled();
  });

  it('pulls nothing up, back, or where nothing can be answered', () => {
    press();
    move(20, 40);
    move(80);
    letGo(80);
    press();
    move(-80);
    letGo(-80);
    expect(onReply).not.toHaveBeenCalled();
    document.body.replaceChildren();
    render(<Line answerable={false} />);
    press();
    move(80);
    expect(line().style.translate).toBe('');
    letGo(80);
    expect(onReply).not.toHaveBeenCalled();
  });

  it('moves it towards the end of the line, and no farther than it means', () => {
    expect([-30, 30, 300].map((dx) => pulled(dx, false))).toEqual([0, 30, 72]);
    expect([-30, 30].map((dx) => pulled(dx, true))).toEqual([-30, -0]);
  });
});
