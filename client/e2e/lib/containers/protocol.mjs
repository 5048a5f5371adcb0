/** What was done, how it went and how long it took: a line at once, and a table in the end. */
export class Protocol {
  #steps = [];

  /** Runs a step; what it returns is told beside its name. */
  async step(name, act) {
    const started = performance.now();
    const tell = (outcome, detail) => {
      const step = { name, outcome, detail, tookMs: performance.now() - started };
      this.#steps.push(step);
      console.log(line(step));
    };
    try {
      tell('ok', (await act()) ?? '');
    } catch (error) {
      tell('FAILED', error.message);
      throw error;
    }
  }

  table() {
    const width = Math.max(...this.#steps.map(({ name }) => name.length));
    const rows = this.#steps.map((step) => line(step, width));
    return rows.join('\n');
  }
}

function line({ name, outcome, detail, tookMs }, width = 0) {
  const seconds = `${(tookMs / 1_000).toFixed(1)} s`.padStart(8);
  return `${outcome.padEnd(6)} ${seconds}  ${name.padEnd(width)}  ${detail}`.trimEnd();
}
