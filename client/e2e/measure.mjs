// Measures a whole stack on this machine and prints tables in markdown: `npm run measure`.
// `--quick` shows in a minute that everything can be measured; its numbers are worth less.
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { launchBrowser, Viewer } from './lib/browser.mjs';
import { inParallel } from './lib/eventually.mjs';
import { Load } from './lib/load.mjs';
import { Person } from './lib/person.mjs';
import { group } from './lib/scenes.mjs';
import { Stack, run } from './lib/stack.mjs';

const PROCESSES = ['core-1', 'core-2', 'hub'];
const PEOPLE = 50;
const CHATS = 50;
const MEMBERS = 4;
const PER_SECOND = 100;
const WARM_UP_S = 5;
const LOGINS = 300;
const SCREENS = 40;
/** What is still under way when the last message was posted. */
const ARRIVED_MS = 30_000;

const { quick } = parseArgs({ options: { quick: { type: 'boolean', default: false } } }).values;
const plan = quick
  ? { runs: 1, seconds: 10, starts: 2, idleS: 20 }
  : { runs: 3, seconds: 30, starts: 5, idleS: 300 };

const numbers = (count) => Array.from({ length: count }, (_, n) => n + 1);

/** The value below which this part of all values lies. */
function quantile(values, part) {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

const median = (values) => quantile(values, 0.5);
const spread = (values) => Math.max(...values) - Math.min(...values);
const ms = (value) => `${value.toFixed(1)} ms`;
const mib = (bytes) => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;

function printTable(header, ...rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  console.log([header, header.map(() => '---'), ...rows].map(line).join('\n') + '\n');
}

/** A stack for as long as `act` takes. */
async function withStack(act) {
  const stack = await Stack.start();
  try {
    return await act(stack);
  } finally {
    await stack.stop();
  }
}

/** Begins messages at an even rate, whatever became of the ones before, until all have arrived. */
async function post(rooms, seconds) {
  const load = new Load();
  const posting = [];
  const started = performance.now();
  for (let n = 0; n < seconds * PER_SECOND; n += 1) {
    await delay(Math.max(0, started + (n / PER_SECOND) * 1_000 - performance.now()));
    const { id, members } = rooms[n % rooms.length];
    const sender = members[Math.floor(n / rooms.length) % members.length];
    posting.push(load.post(sender, id, members));
  }
  await Promise.all(posting);
  await load.arrive(ARRIVED_MS);
  return load;
}

/** From the beginning of each POST to each other member's socket. */
function latencies({ posts }) {
  return posts.flatMap(({ sender, members, clientMsgId, startedAt }) =>
    members
      .filter((member) => member !== sender)
      .map((member) => member.seenAt.get(clientMsgId) - startedAt),
  );
}

async function measureLatency(stack) {
  const people = await Person.crowd(
    stack,
    numbers(PEOPLE).map((n) => `person${n}`),
  );
  await Promise.all(people.map((person) => person.connect()));
  const rooms = [];
  for (let n = 0; n < CHATS; n += 1) {
    // Every chat in another company.
    const members = numbers(MEMBERS).map((k) => people[(n + k * k) % PEOPLE]);
    rooms.push({ id: await group(...members), members });
  }
  const quantiles = [0.5, 0.9, 0.99, 1];
  const runs = [];
  for (let n = 0; n < plan.runs; n += 1) {
    await post(rooms, WARM_UP_S);
    const values = latencies(await post(rooms, plan.seconds));
    runs.push(quantiles.map((part) => quantile(values, part)));
  }
  people.forEach((person) => person.disconnect());

  const columns = quantiles.map((_, at) => runs.map((values) => values[at]));
  console.log(
    `## From POST to the other members’ sockets\n\n${CHATS} chats of ${MEMBERS}, ${PEOPLE} people, ` +
      `${PER_SECOND} messages/s for ${plan.seconds} s after ${WARM_UP_S} s; SQLite.\n`,
  );
  printTable(
    ['', 'p50', 'p90', 'p99', 'max'],
    ...runs.map((values, n) => [`run ${n + 1}`, ...values.map(ms)]),
    ['median', ...columns.map(median).map(ms)],
    ['spread', ...columns.map(spread).map(ms)],
  );
}

/** From pressing Send to being in the other page, as an outsider of both sees it. */
async function measureScreens(stack) {
  const browser = await launchBrowser();
  const viewers = await Promise.all(
    ['phone', 'desktop'].map((size) => Viewer.open(browser, stack, size)),
  );
  const [anna, ben] = viewers;
  await anna.register('Anna');
  await ben.register('Ben');
  await anna.startDirectChat(ben.handle);
  await anna.send('hello');
  await ben.acceptRequest('Anna');
  const took = [];
  for (let n = 0; n < SCREENS; n += 1) {
    const [sender, reader] = n % 2 ? [ben, anna] : [anna, ben];
    await sender.field('Message').fill(`line ${n}.`);
    const started = performance.now();
    await sender.button('Send').click();
    await reader.message(`line ${n}.`).waitFor();
    took.push(performance.now() - started);
  }
  await browser.close();
  console.log('## From pressing Send to the other screen\n');
  const header = ['messages', 'median', 'fastest', 'slowest'];
  const values = [median(took), Math.min(...took), Math.max(...took)];
  printTable(header, [took.length, ...values.map(ms)]);
}

async function measureStart() {
  const took = [];
  for (let n = 0; n < plan.starts; n += 1) {
    const started = performance.now();
    await withStack(() => took.push((performance.now() - started) / 1_000));
  }
  console.log('## Start, when everything is built: from the command to a ready stack\n');
  const s = (value) => `${value.toFixed(2)} s`;
  const header = ['starts', 'median', 'fastest', 'slowest'];
  printTable(header, [took.length, ...[median(took), Math.min(...took), Math.max(...took)].map(s)]);
}

/** The memory of each process that is its own, and its part of what is shared. */
function readMemory(stack) {
  return inParallel(PROCESSES, 1, async (name) => {
    const { pid } = await stack.process(name);
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)[1]) * 1024;
  });
}

async function measureMemory(stack) {
  const fresh = await readMemory(stack);
  const people = await Person.crowd(
    stack,
    numbers(10).map((n) => `person${n}`),
  );
  await inParallel(numbers(LOGINS), 8, (n) => people[n % people.length].secondDevice());
  const loaded = await readMemory(stack);
  await delay(plan.idleS * 1_000);
  const idle = await readMemory(stack);
  console.log('## Memory (Pss)\n');
  printTable(
    ['', ...PROCESSES],
    ['started', ...fresh.map(mib)],
    [`after ${LOGINS} logins`, ...loaded.map(mib)],
    [`${plan.idleS} s later`, ...idle.map(mib)],
  );
}

async function measureClient() {
  const script = fileURLToPath(new URL('../scripts/size.mjs', import.meta.url));
  const lines = (await run(process.execPath, [script])).trimEnd().split('\n');
  console.log('## Client\n');
  printTable(
    ['first load', 'gzipped'],
    ...lines.map((line) => line.trim().split(/ {2,}/).reverse()),
  );
}

const { model } = cpus()[0];
console.log(`Measured on ${availableParallelism()} × ${model}, Node ${process.version}.\n`);
await withStack(measureLatency);
await withStack(measureScreens);
await measureStart();
await withStack(measureMemory);
await measureClient();
