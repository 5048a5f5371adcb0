/** An event stream over `fetch`: what a browser's EventSource cannot do is send a token. */
export class EventStream {
  /** `{id, event, data}` in the order of arrival. */
  events = [];
  #aborting = new AbortController();

  /** Opens a stream; without status 200 there is only `status` and `body`. */
  static async open(url, headers, { fetch = globalThis.fetch } = {}) {
    const stream = new EventStream();
    const signal = stream.#aborting.signal;
    const response = await fetch(url, { headers, signal });
    stream.status = response.status;
    stream.headers = response.headers;
    if (response.ok) stream.done = stream.#read(response.body);
    else stream.body = await response.json();
    return stream;
  }

  async #read(body) {
    let text = '';
    try {
      for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const blocks = text.split('\n\n');
        text = blocks.pop();
        blocks.forEach((block) => this.#parse(block));
      }
    } catch (error) {
      if (error.name !== 'AbortError') throw error;
    }
  }

  #parse(block) {
    const fields = Object.fromEntries(
      block
        .split('\n')
        .filter((line) => !line.startsWith(':'))
        .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    );
    if (fields.data === undefined) return;
    this.events.push({ id: fields.id, event: fields.event, data: JSON.parse(fields.data) });
  }

  close() {
    this.#aborting.abort();
    return this.done;
  }
}
