import { readFile } from 'node:fs/promises';

/** Served by nginx as it is: a browser keeps a page that no server sent away from local ones. */
const QUIET = '/rook.svg';

/** A page of an origin on which nothing runs but what a test lets run. */
export class Page {
  static async open(browser, origin) {
    const page = new Page();
    // The test's own script and proxy are in no policy.
    page.context = await browser.newContext({ bypassCSP: true });
    page.tab = await page.context.newPage();
    await page.tab.goto(origin + QUIET);
    return page;
  }

  /** Runs a script's file. */
  async load(path) {
    await this.tab.evaluate(await readFile(path, 'utf8'));
  }

  close() {
    return this.context.close();
  }

  run(task, argument) {
    return this.tab.evaluate(task, argument);
  }
}
