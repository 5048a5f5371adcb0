import assert from 'node:assert/strict';

import { WebSocket } from 'ws';

import { eventually } from './eventually.mjs';

/** A WebSocket that says what a test tells it, for what no correct client does. */
export class RawSocket {
  frames = [];
  #nextId = 1;

  constructor(url, options) {
    this.socket = new WebSocket(url, options);
    this.socket.on('message', (data) => {
      for (const reply of this.decode(data)) this.frames.push(reply);
    });
    // What goes wrong shows in `closed` and `opened`.
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code) => resolve(code));
    });
    this.opened = new Promise((resolve) => {
      this.socket.on('upgrade', ({ headers }) => (this.headers = headers));
      this.socket.on('open', () => resolve(101));
      this.socket.on('unexpected-response', (_, response) => {
        response.destroy();
        resolve(response.statusCode);
      });
    });
  }

  /** An open socket on which nothing has been said yet. */
  static async open(stack, options = this.SUBPROTOCOL) {
    const raw = new this(stack.socketUrl, options);
    const status = await raw.opened;
    if (status !== 101) throw new Error(`the upgrade was answered with ${status}`);
    return raw;
  }

  /** A socket of somebody whose token was accepted. */
  static async connected(stack, token, options) {
    const raw = await this.open(stack, options);
    const reply = await raw.call({ connect: { token } });
    if (reply.error) throw new Error(`connect was refused: ${JSON.stringify(reply.error)}`);
    return raw;
  }

  /** Sends a command and returns its reply. */
  async call(command) {
    const id = this.#nextId++;
    this.command({ id, ...command });
    return eventually(`a reply to ${JSON.stringify(command).slice(0, 100)}`, () =>
      this.frames.find((frame) => frame.id === id),
    );
  }

  /** Sends a command that nobody waits for. */
  command(command) {
    this.socket.send(this.encode(command));
  }

  encode(command) {
    return JSON.stringify(command);
  }

  *decode(data) {
    for (const line of data.toString().split('\n')) {
      if (line) yield JSON.parse(line);
    }
  }

  send(frame) {
    this.socket.send(frame);
  }

  /** Puts bytes onto the wire past the library, which makes none but good frames. */
  write(bytes) {
    this.socket._socket.write(bytes);
  }

  close() {
    this.socket.close();
  }
}

/** With which code the hub closes a socket on which this is said, before and after a connect. */
export async function closesWith(stack, token, ...frames) {
  const codes = [];
  for (const socket of [await RawSocket.open(stack), await RawSocket.connected(stack, token)]) {
    for (const frame of frames) socket.socket.send(...[frame].flat());
    codes.push(await socket.closed);
  }
  return codes;
}

/** Asserts that every command is refused with its code, and the connection stays. */
export async function assertRefused(socket, rows) {
  for (const [command, code] of rows) {
    const { error } = await socket.call(command);
    assert.equal(error?.code, code, JSON.stringify(command).slice(0, 120));
  }
  assert.ok((await socket.call({ ping: {} })).ping);
}

const MASK = Buffer.from([1, 2, 3, 4]);

/** A WebSocket frame as its bytes, as a client makes it; `head` is the first of them. */
export function frame(head, payload, { masked = true } = {}) {
  const data = Buffer.from(payload);
  const bit = masked ? 0x80 : 0;
  const length = Buffer.alloc(data.length < 126 ? 1 : data.length < 0x10000 ? 3 : 9);
  if (length.length === 1) length.writeUInt8(bit | data.length);
  else {
    length.writeUInt8(bit | (length.length === 3 ? 126 : 127));
    if (length.length === 3) length.writeUInt16BE(data.length, 1);
    else length.writeBigUInt64BE(BigInt(data.length), 1);
  }
  const body = masked ? data.map((byte, at) => byte ^ MASK[at % 4]) : data;
  return Buffer.concat([Buffer.from([head]), length, masked ? MASK : Buffer.alloc(0), body]);
}
