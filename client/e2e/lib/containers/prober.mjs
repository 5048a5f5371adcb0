import { setTimeout as delay } from 'node:timers/promises';

const EVERY_MS = 20;

/**
 * Every request by a connection of its own: nginx closes idle ones when it reloads, and a client
 * that was about to use one has to ask again, as browsers do by themselves.
 */
const HEADERS = { connection: 'close' };

/** Asks for something all the time, trying nothing twice, and remembers every refusal. */
export class Prober {
  asked = 0;
  /** In words. */
  refusals = [];
  #isOver = false;
  #asking;

  constructor(api) {
    this.#asking = this.#ask(api);
  }

  async #ask(api) {
    while (!this.#isOver) {
      const outcome = await api.once('GET', '/users/me', undefined, { headers: HEADERS }).then(
        ({ status }) => status,
        ({ cause }) => cause,
      );
      this.asked += 1;
      if (outcome !== 200) this.refusals.push(`request ${this.asked}: ${outcome}`);
      await delay(EVERY_MS);
    }
  }

  async stop() {
    this.#isOver = true;
    await this.#asking;
  }
}
