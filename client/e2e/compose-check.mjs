// The containers from beginning to end, while people chat: `cargo xtask compose-check`.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Daemon } from './lib/containers/daemon.mjs';
import { makeBase, prepareImages, sizes } from './lib/containers/images.mjs';
import { Composition } from './lib/containers/composition.mjs';
import { plainPass, tlsPass } from './lib/containers/passes.mjs';
import { Protocol } from './lib/containers/protocol.mjs';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(REPOSITORY, 'target/compose-check');
/** Where the launcher has built the programs, and made certificates that this process trusts. */
const PROGRAMS = process.env.ROOKERY_PROGRAMS;
const TLS_FOLDER = process.env.ROOKERY_TLS_FOLDER;

const protocol = new Protocol();
let daemon;
const compositions = [];

async function compose(project, options) {
  const composition = await Composition.prepare(project, REPOSITORY, options);
  compositions.push(composition);
  return composition;
}

async function check() {
  await protocol.step('a Docker daemon', async () => {
    daemon = await Daemon.find(FOLDER);
    return daemon.isOurs ? 'started for this run' : 'the one of this machine';
  });
  await protocol.step('a base image', () => makeBase(REPOSITORY));
  const plain = await compose('rookery-check');
  await protocol.step('images', async () => {
    await prepareImages(REPOSITORY, PROGRAMS);
    await plain.build();
  });
  await plainPass(plain, protocol);
  await plain.down();
  await tlsPass(
    await compose('rookery-check-tls', { tlsFolder: TLS_FOLDER }),
    protocol,
    TLS_FOLDER,
  );
  return showSizes(await sizes());
}

function showSizes(rows) {
  console.log('\nimage                          size    without its base');
  for (const { name, mb, ownMb, ownMaxMb } of rows) {
    const limit = ownMaxMb ? ` (at most ${ownMaxMb} MB)` : '';
    const own = ownMb > 0 ? `${ownMb.toFixed(1)} MB${limit}` : '';
    console.log(`${name.padEnd(24)} ${`${mb.toFixed(1)} MB`.padStart(10)}    ${own}`.trimEnd());
  }
  const tooLarge = rows.filter(({ ownMb, ownMaxMb }) => ownMb > ownMaxMb);
  if (tooLarge.length > 0) throw new Error(`too large: ${tooLarge.map(({ name }) => name)}`);
}

/** Everything that this run started ends with it. */
async function cleanUp() {
  for (const composition of compositions) await composition.down();
  await daemon?.stop();
}

/** What the containers said, for whoever looks for the cause. */
async function keepLogs(composition) {
  const file = join(FOLDER, `${composition.project}.log`);
  await writeFile(file, await composition.logs());
  console.error(`what the containers said is in ${file}`);
}

const interrupted = new Promise((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => reject(new Error(`interrupted (${signal})`)));
  }
});

try {
  await Promise.race([check(), interrupted]);
  console.log(`\n${protocol.table()}`);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
  for (const composition of compositions) await keepLogs(composition);
} finally {
  await cleanUp();
}
// People of a run that was cut off may still be trying to connect.
process.exit();
