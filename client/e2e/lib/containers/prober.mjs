import { setTimeout as delay } from 'node:timers/promises';

const EVERY_MS = 20;

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
      const answer = await api.once('GET', '/users/me').catch((error) => ({ status: `${error}` }));
      this.asked += 1;
      if (answer.status !== 200) this.refusals.push(`request ${this.asked}: ${answer.status}`);
      await delay(EVERY_MS);
    }
  }

  async stop() {
    this.#isOver = true;
    await this.#asking;
  }
}
