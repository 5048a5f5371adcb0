import { Viewer } from './browser.mjs';

/** Somebody who watches the hub at `/admin`, without an account. */
export class Operator {
  static async open(browser, stack, size, options) {
    const operator = new Operator();
    operator.viewer = await Viewer.open(browser, stack, size, options);
    operator.page = operator.viewer.page;
    await operator.page.goto('/admin');
    return operator;
  }

  async enterKey(key) {
    await this.page.getByLabel('API key').fill(key);
    await this.viewer.button('Watch the hub').click();
  }

  /** Waits until the stream is live, stale, unreachable or connecting. */
  streamIs(state, options) {
    const stream = this.page.locator(`[data-testid="hub-stream"][data-state="${state}"]`);
    return stream.waitFor(options);
  }

  /** The number of a tile or of a small figure, as it stands: `12 open`, `3.5 /s`. */
  async amount(title) {
    const part = this.page.locator('.tile, .figure').filter({
      has: this.page.getByRole('heading', { name: title }),
    });
    return part.locator('.amount').first().innerText();
  }

  /** The same without its unit. */
  async number(title) {
    return Number.parseFloat((await this.amount(title)).replace(',', ''));
  }

  panel(title) {
    return this.page.getByRole('region', { name: title });
  }

  core(name) {
    return this.page.locator(`[data-testid="core"][data-core="${name}"]`);
  }
}
