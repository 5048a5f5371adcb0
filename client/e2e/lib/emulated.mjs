import { eventually } from './eventually.mjs';

/**
 * A client whose replies stream down one response and whose commands go up by requests of their
 * own, as `RawSocket` is one on a WebSocket. `transport` is `http_stream` or the SDK's `sse`.
 */
export class Emulated {
  frames = [];
  #nextId = 2;
  #aborting = new AbortController();

  constructor(stack) {
    this.stack = stack;
  }

  /** Opens the stream with these as its first commands. */
  static async open(stack, transport, ...commands) {
    const emulated = new Emulated(stack);
    const { signal } = emulated.#aborting;
    const text = commands.map((command) => JSON.stringify(command)).join('\n');
    const response =
      transport === 'sse'
        ? await fetch(`${stack.hubUrl}/connection/sse?cf_connect=${encodeURIComponent(text)}`, {
            signal,
          })
        : await fetch(`${stack.hubUrl}/connection/http_stream`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: text,
            signal,
          });
    if (!response.ok) throw new Error(`${transport} was answered with ${response.status}`);
    emulated.done = emulated.#read(response.body);
    return emulated;
  }

  /** A stream of somebody whose token was accepted. */
  static async connected(stack, transport, token) {
    const emulated = await Emulated.open(stack, transport, { id: 1, connect: { token } });
    const { error, connect } = await emulated.#reply(1);
    if (error) throw new Error(`connect was refused: ${JSON.stringify(error)}`);
    emulated.session = connect.session;
    emulated.node = connect.node;
    return emulated;
  }

  async #read(body) {
    let text = '';
    try {
      for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const lines = text.split('\n');
        text = lines.pop();
        for (const line of lines) {
          const json = line.replace(/^data: /, '');
          if (json.startsWith('{')) this.frames.push(JSON.parse(json));
        }
      }
    } catch (error) {
      if (error.name !== 'AbortError') throw error;
    }
  }

  #reply(id) {
    return eventually(`a reply to command ${id}`, () =>
      this.frames.find((frame) => frame.id === id),
    );
  }

  /** Sends a command and returns its reply. */
  async call(command) {
    const id = this.#nextId++;
    const { session, node } = this;
    const data = JSON.stringify({ id, ...command });
    const answer = await fetch(`${this.stack.hubUrl}/emulation`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ session, node, data }),
    });
    if (answer.status !== 204) throw new Error(`emulation was answered with ${answer.status}`);
    return this.#reply(id);
  }

  close() {
    this.#aborting.abort();
    return this.done;
  }
}
