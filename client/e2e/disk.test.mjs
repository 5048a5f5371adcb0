import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Person } from './lib/person.mjs';
import { group, sendTo } from './lib/scenes.mjs';
import { Stack } from './lib/stack.mjs';

/** Only root may mount a disk that is small enough to be filled. */
const SKIP = process.geteuid() === 0 ? false : 'needs root, to mount a small disk';
const DISK = '32m';
const BLOCK = Buffer.alloc(64 * 1024);

let folder, stack, anna, ben;

before(async () => {
  if (SKIP) return;
  folder = await mkdtemp(join(tmpdir(), 'rookery-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'rookery-disk', folder]);
  stack = await Stack.start({ dataDir: join(folder, 'data') });
  [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  await Promise.all([anna.connect(), ben.connect()]);
});

after(async () => {
  if (SKIP) return;
  anna?.disconnect();
  ben?.disconnect();
  await stack?.stop();
  execFileSync('umount', [folder]);
  await rm(folder, { recursive: true });
});

/** Fills the disk to the last block; resolves with what makes room again. */
async function fill() {
  const path = join(folder, 'filling');
  const file = await open(path, 'w');
  for (const size of [BLOCK.length, 512]) {
    try {
      for (;;) await file.appendFile(BLOCK.subarray(0, size));
    } catch (error) {
      assert.equal(error.code, 'ENOSPC');
    }
  }
  await file.close();
  return () => rm(path);
}

test(
  'a full disk refuses what would be written, and nothing else; with room all goes on',
  { skip: SKIP },
  async () => {
    const chat = await group(anna, ben);
    const before = await sendTo(anna, chat, 'there is room', [anna, ben]);
    const makeRoom = await fill();

    const message = { client_msg_id: randomUUID(), text: 'x'.repeat(1_000) };
    const post = () => anna.api.once('POST', `/conversations/${chat}/messages`, message);
    // SQLite may have some room left in its log.
    let answer = await post();
    let stored = 0;
    while (answer.status < 400) {
      stored += 1;
      assert.ok(stored < 10_000, 'the disk is not full');
      message.client_msg_id = randomUUID();
      answer = await post();
    }
    assert.equal(answer.status, 503, JSON.stringify(answer.body));
    const read = await anna.api.once('GET', `/conversations/${chat}/messages`);
    assert.equal(read.status, 200, 'what was written can be read');

    await makeRoom();
    const { seq } = await anna.api.post(`/conversations/${chat}/messages`, message);
    assert.equal(seq, before.message.seq + stored + 1, 'stored once, after the others');
    await Promise.all([anna, ben].map((person) => person.hasChat(chat, { seq, withinMs: 10_000 })));
    assert.deepEqual(anna.closed, []);
  },
);
