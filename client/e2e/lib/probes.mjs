/**
 * A process that listens to channels as people do, a connection for each, and notes how long after its
 * publication each publication came.
 */
import { Listener } from './listener.mjs';

const [socketUrl, token, ...channels] = process.argv.slice(2);

const listeners = [];
const latencies = {};
for (const channel of channels) {
  const listener = await Listener.connected(socketUrl, { token });
  listeners.push(listener);
  latencies[channel] = [];
  const sub = await listener.subscribe(channel);
  sub.on('publication', ({ data }) => latencies[channel].push(Date.now() - data.at));
}
process.on('message', () => {
  const ended = listeners.filter((listener) => listener.of('connected').length !== 1).length;
  process.send({ latencies, ended });
});
process.on('disconnect', () => process.exit());
process.send({ listening: channels.length });
