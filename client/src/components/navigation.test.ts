import { renderHook } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import { arrivedWith, navigate, useBack, wentBack } from './navigation';

const path = () => window.location.pathname;

beforeEach(() => window.history.replaceState(null, '', '/'));

it('goes one step back where there is one, and else to where the screen belongs', () => {
  const { result: back } = renderHook(() => useBack('/settings'));
  const step = vi.spyOn(window.history, 'back');
  back.current();
  expect(step).not.toHaveBeenCalled();
  expect(path()).toBe('/settings');
  navigate('/settings/blocked');
  back.current();
  expect(step).toHaveBeenCalledOnce();
});

it('makes no step of the path that is shown', () => {
  navigate('/settings');
  const steps = window.history.length;
  navigate('/settings');
  expect(window.history.length).toBe(steps);
  navigate('/');
  expect(window.history.length).toBe(steps + 1);
});

it('keeps the way back when a screen takes the place of another', () => {
  navigate('/new');
  navigate('/chats/c1', { replace: true });
  const step = vi.spyOn(window.history, 'back');
  renderHook(() => useBack('/')).result.current();
  expect(step).toHaveBeenCalledOnce();
});

it('tells what it was given, and which way led here', () => {
  navigate('/login', { state: { path: '/chats/c1' } });
  expect(arrivedWith()).toEqual({ path: '/chats/c1' });
  window.dispatchEvent(new PopStateEvent('popstate'));
  expect(wentBack()).toBe(true);
  navigate('/');
  expect(wentBack()).toBe(false);
});
