import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import protobuf from 'protobufjs';

import { RawSocket } from './socket.mjs';
import { REPOSITORY } from './stack.mjs';

const PROTO = join(REPOSITORY, 'shared-proto/proto/rookery/client/v1/client.proto');

const contract = protobuf.parse(readFileSync(PROTO, 'utf8'), { keepCase: true }).root;
const Command = contract.lookupType('rookery.client.v1.Command');
const Reply = contract.lookupType('rookery.client.v1.Reply');

/** With JSON for what is raw bytes in Protobuf. */
function fromBytes(value) {
  if (value instanceof Uint8Array) return JSON.parse(Buffer.from(value).toString());
  if (Array.isArray(value)) return value.map(fromBytes);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fromBytes(inner)]));
}

/** With bytes for what is raw JSON in a command: its own data. */
function toBytes(command) {
  const named = Object.entries(command).map(([key, inner]) => [
    key,
    inner.data ? { ...inner, data: Buffer.from(JSON.stringify(inner.data)) } : inner,
  ]);
  return Object.fromEntries(named);
}

/** A `RawSocket` whose frames are length-delimited Protobuf. Those that it has heard look as in JSON. */
export class ProtobufSocket extends RawSocket {
  static SUBPROTOCOL = 'centrifuge-protobuf';

  encode(command) {
    return Command.encodeDelimited(Command.fromObject(toBytes(command))).finish();
  }

  *decode(data) {
    const reader = protobuf.Reader.create(data);
    while (reader.pos < reader.len) {
      yield fromBytes(Reply.toObject(Reply.decodeDelimited(reader), { longs: Number }));
    }
  }
}
