import { eventually } from './eventually.mjs';

const ARRIVES_WITHIN_MS = 15_000;

/** A browser's own EventSource in a page. */
export class PageEventSource {
  constructor(page) {
    this.page = page;
  }

  /** Opens a stream and keeps everything it says in the page. */
  static async open(page, url, { withCredentials = false } = {}) {
    await page.run(
      ({ address, credentials }) => {
        const source = new EventSource(address, { withCredentials: credentials });
        window.source = source;
        window.events = [];
        window.opened = 0;
        source.onopen = () => (window.opened += 1);
        for (const type of ['message', 'ready', 'reset', 'unsubscribed']) {
          source.addEventListener(type, ({ data, lastEventId }) =>
            window.events.push({ type, data: JSON.parse(data), id: lastEventId }),
          );
        }
      },
      { address: url, credentials: withCredentials },
    );
    return new PageEventSource(page);
  }

  /** `{type, data, id}` in the order of arrival. */
  events() {
    return this.page.run(() => window.events);
  }

  async texts() {
    const events = await this.events();
    return events
      .filter(({ data }) => data.event?.type === 'message.posted')
      .map(({ data }) => data.event.message.text);
  }

  has(count) {
    const probe = async () => (await this.texts()).length >= count;
    return eventually(`${count} messages`, probe, { withinMs: ARRIVES_WITHIN_MS, everyMs: 50 });
  }

  /** 0 connecting, 1 open, 2 given up. */
  state() {
    return this.page.run(() => window.source.readyState);
  }
}
