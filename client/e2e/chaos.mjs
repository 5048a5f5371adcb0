// People chat while the cores and the hub are killed with -9 in turn: `npm run chaos`.
import { parseArgs } from 'node:util';

import { runChaos } from './lib/chaos.mjs';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '2000' },
    chats: { type: 'string', default: '20' },
    people: { type: 'string', default: '12' },
    'per-second': { type: 'string', default: '25' },
    'kill-every-ms': { type: 'string', default: '3000' },
  },
});

const started = performance.now();
const { messages, deliveries, kills, slowestMs, violations } = await runChaos({
  messages: Number(values.messages),
  chats: Number(values.chats),
  people: Number(values.people),
  perSecond: Number(values['per-second']),
  killEveryMs: Number(values['kill-every-ms']),
  say: (line) => console.log(`${seconds(performance.now() - started)}  ${line}`),
});

function seconds(ms) {
  return `${(ms / 1_000).toFixed(1)} s`.padStart(8);
}

console.log(`
messages                          ${messages}
seen by members                   ${deliveries}
kills of cores                    ${kills.core}
kills of the hub                  ${kills.hub}
slowest, a core was killed     ${seconds(slowestMs.core)}  (at most 2 s)
slowest, the hub was killed    ${seconds(slowestMs.hub)}  (at most 5 s)
slowest, nobody was killed     ${seconds(slowestMs.none)}
violations                        ${violations.length}`);
violations.forEach((violation) => console.log(`  ${violation}`));
if (violations.length > 0) process.exitCode = 1;
