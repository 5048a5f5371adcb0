const BLANK = '/blank.html';

/** An empty page of an origin, in which a test runs what it likes. */
export class Page {
  /** `origin` is whom the browser takes the page to be of; nobody is asked for it. */
  static async open(browser, origin) {
    const page = new Page();
    page.context = await browser.newContext();
    page.tab = await page.context.newPage();
    await page.context.route(`${origin}${BLANK}`, (route) =>
      route.fulfill({ contentType: 'text/html', body: '<title>blank</title>' }),
    );
    await page.tab.goto(`${origin}${BLANK}`);
    return page;
  }

  load(script) {
    return this.tab.addScriptTag({ path: script });
  }

  run(task, argument) {
    return this.tab.evaluate(task, argument);
  }
}
