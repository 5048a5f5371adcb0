import { eventually } from '../eventually.mjs';
import { Load } from '../load.mjs';
import { Person } from '../person.mjs';
import { group } from '../scenes.mjs';

const NAMES = ['ada', 'grace', 'linus', 'margaret'];
/** Between two messages of one person: some ten a second in all, which no step depends on. */
const PAUSE_MS = 400;
/** Messages before something is done to a container, and after it has been repaired. */
const MARGIN = 8;
/** A container takes seconds to start, and a database to recover. */
const PATIENCE_MS = 60_000;
/** Everybody is connected again, and every message is on every screen. */
const SETTLED_WITHIN_MS = 45_000;

/** People in one chat, half of whom have it open, who write while something is done. */
export class Talk {
  /** `chat` is the id of one that all `people` are in and know. */
  constructor(people, chat) {
    this.people = people;
    this.chat = chat;
    for (const { api } of people) api.patienceMs = PATIENCE_MS;
  }

  static async begin(stack) {
    const people = await Person.crowd(stack, NAMES);
    await Promise.all(people.map((person) => person.connect()));
    const chat = await group(...people);
    const readers = people.filter((_, n) => n % 2 === 0);
    await Promise.all(readers.map((person) => person.subscribe(chat)));
    return new Talk(people, chat);
  }

  /**
   * Everybody writes while `act` runs. Then every message must have been answered and be on every
   * device once, in the same order.
   */
  async during(act = () => undefined) {
    const load = new Load();
    const stop = load.chat(this.chat, this.people, PAUSE_MS);
    await load.more(MARGIN);
    const detail = await act();
    await load.more(MARGIN);
    await stop();
    await load.arrive(SETTLED_WITHIN_MS);
    const settled = () => this.people.every((person) => person.settled);
    await eventually('everybody is connected', settled, { withinMs: SETTLED_WITHIN_MS });
    if (load.violations.length > 0) throw new Error(load.violations.join('; '));
    const said = `${load.posts.length} messages, slowest ${Math.round(load.slowestMs)} ms`;
    return detail ? `${said}; ${detail}` : said;
  }

  end() {
    this.people.forEach((person) => person.disconnect());
  }
}
