import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';

import { eventually } from './lib/eventually.mjs';
import { Person } from './lib/person.mjs';
import { Stack } from './lib/stack.mjs';

const PART_BYTES = 1024 * 1024;

let stack, anna, ben;

before(async () => {
  stack = await Stack.start();
  [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
});

after(() => stack?.stop());

const digest = (bytes) => createHash('sha256').update(bytes).digest('base64');

function putPart(id, offset, bytes) {
  return anna.api.once('PUT', `/uploads/${id}/parts/${offset}`, undefined, {
    headers: {
      'content-type': 'application/octet-stream',
      'content-digest': `sha-256=:${digest(bytes)}:`,
    },
    raw: bytes,
  });
}

test('a file comes whole through nginx though cores die, and goes to its reader alone', async () => {
  const bytes = randomBytes(6 * PART_BYTES + 4711);
  const upload = await anna.api.call('POST', '/uploads', {
    client_upload_id: randomUUID(),
    name: 'noise.bin',
    size: bytes.length,
  });
  assert.equal(upload.part_bytes, PART_BYTES);
  let { offset } = upload;
  let firstIsBack, secondIsBack;
  while (offset < bytes.length) {
    if (offset >= 2 * PART_BYTES) firstIsBack ??= await stack.kill('core-1');
    if (offset >= 4 * PART_BYTES && !secondIsBack) {
      await firstIsBack();
      secondIsBack = await stack.kill('core-2');
    }
    const part = bytes.subarray(offset, offset + PART_BYTES);
    const taken = await putPart(upload.id, offset, part).catch(() => null);
    if (taken?.status === 200) offset = taken.body.offset;
    // Whatever became of it, the next core knows.
    else ({ offset } = await anna.api.call('GET', `/uploads/${upload.id}`));
  }
  await secondIsBack();
  const attachment = await anna.api.call('POST', `/uploads/${upload.id}/complete`);
  assert.equal(attachment.size, bytes.length);

  const { id: chat } = await anna.api.createGroup('Friends', [ben.id]);
  const said = await anna.api.call('POST', `/conversations/${chat}/messages`, {
    client_msg_id: randomUUID(),
    text: '',
    attachment_id: attachment.id,
  });
  assert.deepEqual(said.attachment, attachment);
  const { links } = await ben.api.call('POST', '/media/links', { ids: [attachment.id] });
  const url = `${stack.publicUrl}${links[0].url}`;
  const loaded = await fetch(url);
  assert.equal(loaded.status, 200);
  assert.ok(bytes.equals(Buffer.from(await loaded.arrayBuffer())));
  assert.match(loaded.headers.get('content-disposition'), /^attachment/);
  assert.equal(loaded.headers.get('x-content-type-options'), 'nosniff');
  // nginx adds no policy of its own to the one that takes every right.
  assert.match(loaded.headers.get('content-security-policy'), /^sandbox;[^,]*$/);
  const range = await fetch(url, {
    headers: { range: `bytes=${PART_BYTES - 2}-${PART_BYTES + 1}` },
  });
  assert.equal(range.status, 206);
  const between = bytes.subarray(PART_BYTES - 2, PART_BYTES + 2);
  assert.ok(between.equals(Buffer.from(await range.arrayBuffer())));

  await anna.api.call('DELETE', `/conversations/${chat}/messages/${said.id}?for=everyone`);
  await eventually('the link leads nowhere', async () => (await fetch(url)).status === 404);
});

/** A link to a file of so many parts, which Ben has been sent. */
async function sentToBen(parts) {
  const upload = await anna.api.call('POST', '/uploads', {
    client_upload_id: randomUUID(),
    name: 'noise.bin',
    size: parts * PART_BYTES,
  });
  const bytes = randomBytes(PART_BYTES);
  for (let part = 0; part < parts; part += 1) {
    const taken = await putPart(upload.id, part * PART_BYTES, bytes);
    assert.equal(taken.status, 200);
  }
  await anna.api.call('POST', `/uploads/${upload.id}/complete`);
  const { id: chat } = await anna.api.createGroup('Friends', [ben.id]);
  await anna.api.call('POST', `/conversations/${chat}/messages`, {
    client_msg_id: randomUUID(),
    text: '',
    attachment_id: upload.id,
  });
  const { links } = await ben.api.call('POST', '/media/links', { ids: [upload.id] });
  return new URL(links[0].url, stack.publicUrl);
}

test('one address holds few downloads, and no link is in the log', async () => {
  // More than the sockets on the way take of it while nobody reads.
  const url = await sentToBen(16);
  const slow = async () => {
    const socket = connect(url.port, url.hostname);
    socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`);
    const [begin] = await once(socket, 'data');
    socket.pause();
    assert.match(begin.toString('latin1'), /^HTTP\/1\.1 200/);
    return socket;
  };
  const sockets = [];
  try {
    for (let count = 0; count < 64; count += 1) sockets.push(await slow());
    const refused = await fetch(url);
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get('retry-after'), '2');
    assert.equal((await refused.json()).code, 'busy');
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  await eventually('there are places again', async () => {
    const answer = await fetch(url, { headers: { range: 'bytes=0-9' } });
    await answer.arrayBuffer();
    return answer.status === 206;
  });
  assert.doesNotMatch(await stack.log('nginx'), /signature=/);
});

test('nginx lets no larger part through than a core takes', async () => {
  const upload = await anna.api.call('POST', '/uploads', {
    client_upload_id: randomUUID(),
    name: 'noise.bin',
    size: 3 * PART_BYTES,
  });
  const answer = await putPart(upload.id, 0, randomBytes(2 * PART_BYTES)).catch(() => null);
  // nginx may have ended the connection before all of it was sent.
  if (answer) assert.equal(answer.status, 413);
  const { offset } = await anna.api.call('GET', `/uploads/${upload.id}`);
  assert.equal(offset, 0);
});

/** The smallest GIF. */
const GIF = Buffer.from('R0lGODlhAQABAIAAAP8AAAAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');

test('a picture goes through nginx with the core’s own headers, and its id is in no log', async () => {
  const upload = await anna.api.call('POST', '/uploads', {
    client_upload_id: randomUUID(),
    name: 'anna.gif',
    size: GIF.length,
  });
  assert.equal((await putPart(upload.id, 0, GIF)).status, 200);
  await anna.api.call('POST', `/uploads/${upload.id}/complete`);
  const shown = await anna.api.call('PUT', '/users/me/picture', { attachment_id: upload.id });
  const url = new URL(`/api/v1/pictures/${shown.picture_id}?size=96`, stack.publicUrl);
  const answer = await fetch(url);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'image/jpeg');
  assert.equal(answer.headers.get('cache-control'), 'private, max-age=31536000, immutable');
  assert.match(answer.headers.get('content-security-policy'), /^sandbox;[^,]*$/);
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  await answer.arrayBuffer();
  const log = await eventually('the picture is logged', async () => {
    const text = await stack.accessLog();
    return text.includes('/api/v1/pictures/...') && text;
  });
  assert.doesNotMatch(log, new RegExp(shown.picture_id));
});
