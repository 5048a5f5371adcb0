import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { Collector } from './lib/collector.mjs';
import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { group } from './lib/scenes.mjs';
import { RawSocket } from './lib/socket.mjs';
import { Stack } from './lib/stack.mjs';

/** Spans are collected for five seconds before they are sent. */
const EXPORTED_WITHIN_MS = 15_000;

let collector, stack, anna, ben;

before(async () => {
  collector = await Collector.start();
  stack = await Stack.start({
    env: {
      ROOKERY_CORE_TRACE__OTLP_URL: collector.url,
      ROOKERY_HUB_TRACE__OTLP_URL: collector.url,
      // Only what a caller asks for.
      ROOKERY_CORE_TRACE__SAMPLE_RATIO: '0.0',
    },
  });
  [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
});

after(async () => {
  anna?.disconnect();
  await stack?.stop();
  collector?.stop();
});

test('the trace of a request goes through core and room to the pushed event', async () => {
  await anna.connect();
  await ben.connect();
  const id = await group(anna, ben);
  ben.disconnect();
  const socket = await RawSocket.connected(stack, ben.api.token);
  const traceId = randomBytes(16).toString('hex');
  const spanId = randomBytes(8).toString('hex');
  const { status } = await anna.api.once(
    'POST',
    `/conversations/${id}/messages`,
    { client_msg_id: randomUUID(), text: 'follow me' },
    { headers: { traceparent: `00-${traceId}-${spanId}-01` } },
  );
  assert.equal(status, 201);

  const pushed = await eventually('the message', () =>
    socket.frames.find((frame) => JSON.stringify(frame).includes('follow me')),
  );
  const [, trace, span] = pushed.push.pub.tags.traceparent.split('-');
  assert.equal(trace, traceId);
  assert.notEqual(span, spanId, 'a span of the hub\u2019s own');
  socket.close();

  const route = '/api/v1/conversations/{id}/messages';
  for (const [program, name] of [
    ['core-service', route],
    ['realtime-hub', 'spread'],
  ]) {
    await eventually(`${name} of ${program}`, () => collector.has(program, name, traceId), {
      withinMs: EXPORTED_WITHIN_MS,
    });
  }

  await anna.api.send(id, 'nobody follows me');
  const plain = await eventually('the second message', () =>
    anna.wire.some((event) => event.id === id && event.seq === 2),
  );
  assert.ok(plain);
  assert.ok(!collector.batches.some((batch) => batch.includes('follow me')), 'no text in a trace');
});
