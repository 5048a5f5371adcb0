import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { selectDashboard } from '@/features/admin/slice';
import type { HubStats } from '@/features/admin/contract';
import type * as Backoff from '@/lib/backoff';
import { AT_MS, HubStream, someStats } from '@/testing/hubStream';
import { problem } from '@/testing/problem';
import { forgetStorage, startStack, until, type Stack } from '@/testing/stack';
import { dumpAll } from '@/testing/storage';
import { App } from './App';

const KEY = 'very-secret-key';

// A lost stream comes back when the operator says so: on a slow machine the page would otherwise
// have connected again by itself before a test has looked at what it shows meanwhile.
vi.mock('@/lib/backoff', async (original) => ({
  ...(await original<typeof Backoff>()),
  backoffMs: () => 3_600_000,
}));

let stack: Stack;
let hub: HubStream;

beforeEach(async () => {
  await forgetStorage();
  stack = await startStack();
  hub = new HubStream();
  window.history.replaceState(null, '', '/admin');
  render(<App store={stack.store} />);
  await screen.findByLabelText('API key');
});

async function enterKey(): Promise<void> {
  await userEvent.type(screen.getByLabelText('API key'), KEY);
  await userEvent.click(screen.getByRole('button', { name: 'Watch the hub' }));
}

/** Sends numbers and waits until they are on the screen. */
async function show(over: Partial<HubStats> = {}): Promise<void> {
  const { receivedAtMs } = selectDashboard(stack.store.getState());
  hub.stats(over);
  await act(() =>
    until(() => {
      const state = selectDashboard(stack.store.getState());
      return state.receivedAtMs !== receivedAtMs && state.stats !== null;
    }),
  );
}

async function watch(over: Partial<HubStats> = {}): Promise<void> {
  await enterKey();
  await hub.opened();
  await show(over);
}

const text = (element: Element | null) => element?.textContent.replace(/\s+/g, ' ').trim();
const panel = (name: string) => screen.getByRole('region', { name });
const figure = (name: string) =>
  text(screen.getByText(name, { selector: '.figure h2' }).parentElement);
const rows = (name: string) =>
  within(panel(name))
    .getAllByRole('row')
    .slice(1)
    .map((row) => [...row.children].map(text).join(' | '));
const view = () => screen.getByTestId('hub-stream');

async function expectAccessible(): Promise<void> {
  // Colours need a layout, which the environment has not: the browser test looks at them.
  const { violations } = await axe.run(document.body, {
    rules: { 'color-contrast': { enabled: false } },
  });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
}

describe('the key', () => {
  it('is asked for without a session and without offering to store it', async () => {
    const field = screen.getByLabelText('API key');
    expect(field.getAttribute('type')).not.toBe('password');
    expect(field.getAttribute('name')).toBeNull();
    expect(field.getAttribute('autocomplete')).toBe('off');
    await expect.poll(() => document.title).toBe('Rookery hub');
    await expectAccessible();
  });

  it('that is unknown is refused', async () => {
    hub.refusals.push(problem(401, 'api_key_invalid'));
    await enterKey();
    expect((await screen.findByRole('alert')).textContent).toMatch(/does not know this key/);
    expect(screen.getByRole('button', { name: 'Watch the hub' })).toBeTruthy();
  });

  it('that lacks the scope is refused with the reason', async () => {
    hub.refusals.push(problem(403, 'scope_missing'));
    await enterKey();
    expect((await screen.findByRole('alert')).textContent).toMatch(/lacks the scope “stats”/);
  });

  it('is nowhere but in the header', async () => {
    await watch();
    await stack.persistence.flush();
    const state = JSON.stringify(stack.store.getState());
    expect(hub.keys).toEqual([KEY]);
    for (const place of [await dumpAll(), state, document.body.innerHTML]) {
      expect(place).not.toContain(KEY);
    }
    expect([localStorage.length, sessionStorage.length, document.cookie]).toEqual([0, 0, '']);
    expect(window.location.href).toMatch(/\/admin$/);
  });

  it('is forgotten when told so', async () => {
    await watch();
    await userEvent.click(screen.getByRole('button', { name: 'Forget the key' }));
    expect(screen.getByLabelText<HTMLInputElement>('API key').value).toBe('');
    await until(() => !hub.isOpen);
  });
});

describe('the numbers', () => {
  it('stand there with their units', async () => {
    await watch();
    expect(text(panel('Connections'))).toContain('1,234 open');
    expect(within(panel('Connections')).getByText('WebSocket').textContent).toBe('WebSocket 1,200');
    expect(within(panel('Connections')).getByText('HTTP').textContent).toBe('HTTP 30');
    expect(within(panel('Connections')).getByText('SSE').textContent).toBe('SSE 4');
    expect(text(panel('Deliveries'))).toContain('310 /s');
    expect(text(panel('Events'))).toContain('12 /s');
    expect(text(panel('Latency, p99'))).toContain('8.6 ms');
    expect(text(panel('Latency, p99'))).toContain('p50 1.3 ms');
    expect(text(panel('Latency, p99'))).toContain('max 21 ms');
    const figures = screen.getAllByRole('listitem').map(text);
    expect(figures).toEqual([
      'Users900 online',
      'Rooms80 live',
      'Connects1.5 /s',
      'Disconnects0.5 /s',
      'Commands44 /s',
      'Outbound queue12.4 KiB',
      'Token checks2 in flight',
      'Cores2 of 2 up',
    ]);
    expect(text(screen.getByRole('banner'))).toContain('hub-1version 1.2.3up 1 h 2 min');
  });

  it('fill the tables', async () => {
    await watch();
    expect(rows('Cores')).toEqual([
      'core-1 | open | 6 /s | 20,100 | 900 | 5',
      'core-2 | open | 6.4 /s | 19,900 | 880 | 5',
    ]);
    expect(rows('Top rooms')).toEqual(['chat:…2a521a3c58ab | 32 | 4 /s | 128 /s']);
    expect(rows('Slow connections')).toEqual(['client-1 | user-1 | websocket | 2 KiB']);
    expect(rows('Closes by code')).toEqual(['1000 | normal | 700', '3008 | slow | 3']);
    expect(text(panel('Since start'))).toContain('Gaps repaired2');
  });

  it('move with the hub, and the charts with them', async () => {
    await watch();
    await show({ at_ms: AT_MS + 1_000, users: 901, queue_bytes: 1_024 ** 2 });
    expect(figure('Users')).toBe('Users901 online');
    const chart = screen.getByRole('img', { name: /^Outbound queue over the last 5 minutes/ });
    expect(chart.getAttribute('aria-label')).toContain('lowest 12.4 KiB, highest 1 MiB');
    expect(chart.querySelector('.chart-line')?.getAttribute('d')).toMatch(/^M299 \S+L300 0$/);
  });

  it('say what it means when there are none', async () => {
    const none = { connects: 0, disconnects: 0, events: 0, deliveries: 0 };
    await watch({
      latency_ms: { p50: null, p99: null, max: null },
      totals: { ...someStats().totals, ...none },
      cores: {},
      pings: { announced: [], answers: {}, failed: 0 },
      top_rooms: [],
      slow: [],
      closes: [],
    });
    expect(text(panel('Latency, p99'))).toContain('nothing delivered in the last 10 s');
    for (const sentence of [
      'No core has announced itself yet.',
      'Nobody is in a room.',
      'Everybody reads as fast as the hub writes.',
      'The hub has closed nothing since it started.',
      'Nothing has happened yet.',
    ]) {
      expect(screen.getByText(sentence)).toBeTruthy();
    }
    await expectAccessible();
  });

  it('can be read by everybody', async () => {
    await watch();
    hub.lifecycle(1);
    await screen.findByText('event 1');
    await expectAccessible();
  });
});

describe('what happened', () => {
  it('is told newest first, in the words of a newer hub if need be', async () => {
    await watch();
    hub.lifecycle(1, { kind: 'core_connected', text: 'core-1' });
    hub.lifecycle(2, { kind: 'moon_rose', text: 'above', at_ms: AT_MS + 1_000 });
    await screen.findByText('above');
    const feed = within(panel('What happened')).getAllByRole('listitem');
    expect(feed.map((item) => item.dataset.kind)).toEqual(['moon_rose', 'core_connected']);
    expect(text(feed[0] ?? null)).toContain('moon_rose');
    expect(text(feed[1] ?? null)).toContain('Core connected');
  });
});

describe('alarms', () => {
  it('stand above everything and in the title of the tab', async () => {
    await watch({ ready: false, cores: {} });
    expect(screen.getByTestId('alarms').textContent).toContain('Not ready');
    expect(document.title).toBe('Not ready · Rookery hub');
    await show();
    expect(screen.getByTestId('alarms').children).toHaveLength(0);
    expect(document.title).toBe('Live · Rookery hub');
  });

  it('name the announced core that no ping reached', async () => {
    const { cores, pings } = someStats();
    await watch({
      cores: { ...cores, 'core-2': { ...someStats().cores['core-2'], connected: false } as never },
      pings: { ...pings, answers: { 'core-1': 10 } },
    });
    expect(screen.getByTestId('alarms').textContent).toContain('core-2 not reached');
    expect(rows('Cores')[1]).toMatch(/^core-2 \| closed \|.*\| 0$/);
    expect(figure('Cores')).toBe('Cores1 of 2 up');
  });
});

describe('the connection', () => {
  it('is told live, lost with the age of the numbers, and live again', async () => {
    await watch();
    expect(view().dataset.state).toBe('live');
    hub.refusals.push(problem(502, 'bad_gateway'));
    hub.end();
    await screen.findByText(/broke off/);
    expect(screen.getByRole('alert').textContent).toContain('Hub unreachable');
    expect(view().dataset.state).toBe('unreachable');
    expect(view().textContent).toContain('stale for');
    expect(figure('Users')).toBe('Users900 online');
    await expectAccessible();
    await userEvent.click(screen.getByRole('button', { name: 'Try now' }));
    expect(await screen.findByText(/front door answers/)).toBeTruthy();
    await userEvent.click(await screen.findByRole('button', { name: 'Try now' }));
    await hub.opened(2);
    await show({ users: 7 });
    expect(view().dataset.state).toBe('live');
    expect(figure('Users')).toBe('Users7 online');
  });

  it('is told lost before anything was seen', async () => {
    hub.refusals.push(problem(502, 'bad_gateway'));
    await enterKey();
    expect(await screen.findByText(/Next try in \d+ s|Trying…/)).toBeTruthy();
    expect(document.title).toBe('Unreachable · Rookery hub');
    await expectAccessible();
  });
});

it('follows the system or the switch', async () => {
  await watch();
  await userEvent.click(screen.getByRole('button', { name: 'Dark theme' }));
  expect(stack.store.getState().settings.theme).toBe('dark');
  expect(screen.getByRole('button', { name: 'Light theme' })).toBeTruthy();
});
