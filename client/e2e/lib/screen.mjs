/** What is drawn where, as the browser laid it out. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const AXE = fileURLToPath(import.meta.resolve('axe-core/axe.min.js'));

/** Resolves when fonts are there and nothing moves any more but what moves for ever. */
export function stillness(page) {
  return page.evaluate(async () => {
    await document.fonts.ready;
    const moves = document
      .getAnimations()
      .filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity);
    // One whose element has gone is cancelled.
    await Promise.allSettled(moves.map(({ finished }) => finished));
  });
}

/** What axe finds on the page: a test asserts that it is nothing. */
export async function barriers(page) {
  // On its way in, a pane's colours are mixed with what is below.
  await stillness(page);
  await page.evaluate(await readFile(AXE, 'utf8'));
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  });
}

/** The bubbles in which the time or the ticks lie on the text, by their texts. */
export function coveredTexts(page) {
  return page.evaluate(() => {
    const overlap = (a, b) =>
      Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
      Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
    return [...document.querySelectorAll('[data-testid="message"]')]
      .filter((bubble) => {
        const range = document.createRange();
        range.selectNodeContents(bubble.querySelector('.bubble-text'));
        // A line box is higher than its letters.
        const lines = [...range.getClientRects()].map((rect) =>
          DOMRect.fromRect({ ...rect.toJSON(), y: rect.y + 3, height: rect.height - 6 }),
        );
        const meta = bubble.querySelector('.bubble-meta').getBoundingClientRect();
        const outer = bubble.getBoundingClientRect();
        const inside = meta.left >= outer.left && meta.right <= outer.right;
        return !inside || lines.some((line) => overlap(line, meta));
      })
      .map((bubble) => bubble.querySelector('.bubble-text').textContent);
  });
}

/** What is wider than the screen or its own box, so that something scrolls sideways. */
export function sidewaysScrollers(page) {
  return page.evaluate(() =>
    [
      document.documentElement,
      ...document.querySelectorAll('.messages-scroller, .pane-body, .pane'),
    ]
      .filter((element) => element.scrollWidth > element.clientWidth + 1)
      .map((element) => element.className || element.tagName),
  );
}

/** The messages wholly within the timeline's view: `[{ seq, top }]`, from top to bottom. */
export function messagesInView(page) {
  return page.evaluate(() => {
    const view = document.querySelector('.messages-scroller').getBoundingClientRect();
    return [...document.querySelectorAll('[data-testid="message"][data-seq]')]
      .map((bubble) => ({ seq: Number(bubble.dataset.seq), rect: bubble.getBoundingClientRect() }))
      .filter(({ rect }) => rect.top >= view.top - 1 && rect.bottom <= view.bottom + 1)
      .map(({ seq, rect }) => ({ seq, top: rect.top }))
      .sort((a, b) => a.seq - b.seq);
  });
}

/** Two frames: what was asked for is laid out and drawn. */
export function drawn(page) {
  return page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  );
}

/** Makes the page believe that another window has the focus, or that it has it again. */
export function focusWindow(page, focused) {
  return page.evaluate((has) => {
    document.hasFocus = () => has;
    window.dispatchEvent(new Event(has ? 'focus' : 'blur'));
  }, focused);
}
