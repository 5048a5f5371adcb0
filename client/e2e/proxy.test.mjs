import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { eventually } from './lib/eventually.mjs';
import { Stack } from './lib/stack.mjs';

const WITHIN_MS = 20_000;
/** nginx's ten seconds, on a busy machine. */
const REQUEST_WITHIN_MS = 20_000;
const ESTABLISHED = '01';

let stack;

before(async () => {
  stack = await Stack.start();
});

after(() => stack?.stop());

/** Local ports of the connections that lead to a port of 127.0.0.1. */
async function connectionsTo(port) {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = (await readFile('/proc/net/tcp', 'utf8')).trim().split('\n').slice(1);
  const rows = lines.map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([, , remote, state]) => remote === `0100007F:${hex}` && state === ESTABLISHED)
    .map(([, local]) => local);
}

/** How long a core keeps a connection on which nothing more is asked. */
async function keptByCore(port) {
  const socket = connect(port, '127.0.0.1');
  let answeredAt;
  socket.on('data', () => (answeredAt ??= performance.now()));
  socket.write('GET /health/live HTTP/1.1\r\nHost: core\r\n\r\n');
  await new Promise((resolve) => socket.on('end', resolve));
  socket.destroy();
  return performance.now() - answeredAt;
}

/** How long nginx keeps its own to a core. */
async function keptByNginx(port) {
  const api = new Api(stack.publicUrl);
  const before = new Set(await connectionsTo(port));
  // Both cores have their turn.
  for (let turn = 0; turn < 4; turn += 1) await api.once('GET', '/client-config');
  const since = performance.now();
  const own = new Set((await connectionsTo(port)).filter((one) => !before.has(one)));
  await eventually(
    'nginx has closed them',
    async () => !(await connectionsTo(port)).some((one) => own.has(one)),
    { withinMs: WITHIN_MS, everyMs: 20 },
  );
  return performance.now() - since;
}

/** How long nginx waits for the rest of a request; `every` is said again and again meanwhile. */
async function waitedFor(begun, every) {
  const socket = connect(new URL(stack.publicUrl).port, '127.0.0.1');
  // A reset is an end, too.
  socket.on('error', () => undefined).resume();
  socket.write(begun);
  const since = performance.now();
  const saying = setInterval(() => every && socket.writable && socket.write(every), 1_000);
  await new Promise((resolve) => socket.on('close', resolve));
  clearInterval(saying);
  return performance.now() - since;
}

// Beside each other, because each of them waits for seconds.
describe('nginx', { concurrency: true }, () => {
  test('gives up an idle connection before the core closes it under a request', async () => {
    const { ports } = await stack.process('core-1');
    const [core, nginx] = await Promise.all([keptByCore(ports.http), keptByNginx(ports.http)]);
    // A connection that was not kept at all shows nothing.
    assert.ok(
      nginx > 1_000 && nginx < core,
      `nginx keeps it for ${nginx} ms, the core for ${core} ms`,
    );
  });

  test('waits ten seconds for the head of a request, and for each piece of a body', async () => {
    const post = 'POST /api/v1/auth/login HTTP/1.1\r\nHost: rookery\r\nContent-Length: 100\r\n';
    const waited = await Promise.all([
      waitedFor('GET / HTTP/1.1\r\nHost: ro'),
      waitedFor('GET / HTTP/1.1\r\nX-Slow: ', 'x'),
      waitedFor(`${post}\r\n{`),
    ]);
    for (const ms of waited) assert.ok(ms < REQUEST_WITHIN_MS, `${ms} ms`);
  });
});
