import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from './eventually.mjs';
import { Load } from './load.mjs';
import { Person } from './person.mjs';
import { directChat, group } from './scenes.mjs';
import { Stack } from './stack.mjs';

/** Who is killed, in turn. */
const VICTIMS = ['core-1', 'hub', 'core-2'];
/** From the POST to the last screen, at most, by who was killed meanwhile. */
const LIMITS_MS = { core: 2_000, hub: 5_000, none: 2_000 };
const MEMBERS = 4;
/** Every fourth chat is a direct one. */
const DIRECT_EVERY = 4;
/** Everything is back, loaded and shown; a loaded machine takes its time. */
const SETTLED_MS = 30_000;

/**
 * Lets people chat while processes are killed in turn, and tells what came of it.
 *
 * `perSecond` messages are begun each second, whatever became of the ones before; every `killEveryMs`
 * somebody is killed, once the one before is back. What should never happen is in `violations`.
 */
export async function runChaos({
  messages,
  chats,
  people,
  perSecond,
  killEveryMs,
  say = () => {},
}) {
  const stack = await Stack.start();
  let crowd = [];
  try {
    const names = Array.from({ length: people }, (_, n) => `person${n + 1}`);
    crowd = await Person.crowd(stack, names);
    await Promise.all(crowd.map((person) => person.connect()));
    const rooms = await makeChats(crowd, chats);
    say(`${people} people in ${chats} chats`);

    const load = new Load();
    const killer = new Killer(stack, crowd, load, say);
    const killing = killer.run(killEveryMs);
    // It is awaited after the writing; until then nobody else hears of a failure.
    killing.catch(() => undefined);
    await write(load, rooms, messages, perSecond);
    killer.isOver = true;
    await killing;
    const lost = await load.arrive(SETTLED_MS).then(
      () => [],
      (error) => [error.message],
    );
    return summarize(load, killer.kills, lost);
  } finally {
    crowd.forEach((person) => person.disconnect());
    await stack.stop();
  }
}

/** Chats with members that overlap; half of the members have theirs open. */
async function makeChats(crowd, count) {
  const rooms = [];
  for (let n = 0; n < count; n += 1) {
    const isDirect = n % DIRECT_EVERY === DIRECT_EVERY - 1;
    const size = isDirect ? 2 : MEMBERS;
    const members = Array.from({ length: size }, (_, k) => crowd[(n + k) % crowd.length]);
    const id = isDirect ? await directChat(...members) : await group(...members);
    const readers = members.filter((_, k) => k % 2 === 0);
    await Promise.all(readers.map((person) => openOnce(person, id)));
    rooms.push({ id, members });
  }
  return rooms;
}

/** Two direct chats of the same people are one. */
async function openOnce(person, id) {
  if (!person.client.getSubscription(`chat:${id}`)) await person.subscribe(id);
}

/** Begins messages at an even rate, each sender's one after the other. */
async function write(load, rooms, count, perSecond) {
  const queues = new Map();
  const started = performance.now();
  for (let n = 0; n < count; n += 1) {
    await delay(Math.max(0, started + (n / perSecond) * 1_000 - performance.now()));
    const { id, members } = rooms[n % rooms.length];
    const sender = members[Math.floor(n / rooms.length) % members.length];
    const before = queues.get(sender);
    const posting = Promise.resolve(before).then(() => load.post(sender, id, members));
    posting.catch(() => undefined);
    queues.set(sender, posting);
  }
  await Promise.all(queues.values());
}

/** Kills one process after the other. */
class Killer {
  /** `{name, kind, from, to}`: from the kill until everything was as before. */
  kills = [];
  isOver = false;
  #stack;
  #crowd;
  #load;
  #say;

  constructor(stack, crowd, load, say) {
    this.#stack = stack;
    this.#crowd = crowd;
    this.#load = load;
    this.#say = say;
  }

  async run(everyMs) {
    for (let n = 0; ; n += 1) {
      const next = performance.now() + everyMs;
      while (!this.isOver && performance.now() < next) await delay(50);
      // In the middle of a message.
      while (!this.isOver && this.#load.unanswered === 0) await delay(1);
      if (this.isOver) return;
      await this.#kill(VICTIMS[n % VICTIMS.length]);
    }
  }

  async #kill(name) {
    const kind = name === 'hub' ? 'hub' : 'core';
    const kill = { name, kind, from: performance.now(), to: Infinity };
    this.kills.push(kill);
    const isBack = await this.#stack.kill(name);
    await isBack();
    await eventually('everybody is back', () => this.#crowd.every(({ settled }) => settled), {
      withinMs: SETTLED_MS,
    });
    kill.to = performance.now();
    this.#say(`${name} was killed; all was well after ${Math.round(kill.to - kill.from)} ms`);
  }
}

function summarize(load, kills, lost) {
  const slowestMs = { hub: 0, core: 0, none: 0 };
  const violations = [...lost, ...load.violations];
  for (const post of load.posts) {
    const kind = blamed(post, kills);
    const tookMs = Load.latencyMs(post);
    slowestMs[kind] = Math.max(slowestMs[kind], tookMs);
    const limit = LIMITS_MS[kind];
    if (tookMs > limit)
      violations.push(`${post.text} took ${Math.round(tookMs)} ms (${kind} killed)`);
  }
  return {
    messages: load.posts.length,
    deliveries: load.posts.reduce((sum, { members }) => sum + members.length, 0),
    kills: {
      core: kills.filter(({ kind }) => kind === 'core').length,
      hub: kills.filter(({ kind }) => kind === 'hub').length,
    },
    slowestMs,
    violations,
  };
}

/** Whose death a message may have waited for: somebody's who was away during its life. */
function blamed(post, kills) {
  const seen = Load.seenAt(post);
  const during = kills.filter(({ from, to }) => from <= seen && to >= post.startedAt);
  if (during.length === 0) return 'none';
  return during.some(({ kind }) => kind === 'hub') ? 'hub' : 'core';
}
