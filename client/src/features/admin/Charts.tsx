import type { ReactNode } from 'react';
import { Amount } from './Amount';
import { decimalCeiling } from './plot';
import { Chart, type Series } from './Chart';
import type { HubStats } from './contract';
import { pointsOf, sampleOf, type Sample } from './slice';
import { count, milliseconds, perSecond, written, type Quantity } from './units';

const TRANSPORTS = [
  ['websocket', 'WebSocket'],
  ['http_stream', 'HTTP'],
  ['sse', 'SSE'],
] as const;

const RATES = [
  {
    title: 'Deliveries',
    total: 'deliveries',
    rate: 'deliveries_per_s',
    pick: ({ deliveriesPerS }: Sample) => deliveriesPerS,
  },
  {
    title: 'Events',
    total: 'events',
    rate: 'events_per_s',
    pick: ({ eventsPerS }: Sample) => eventsPerS,
  },
] as const;

/** The four that tell at a glance how the hub is, with their last minutes. */
export function Charts({ stats, samples }: { stats: HubStats; samples: readonly Sample[] }) {
  const { connections, latency_ms: latency } = stats;
  const quiet = latency.p99 === null;
  const alone = (pick: (sample: Sample) => number): [Series] => [
    { name: 'value', tone: 'one', points: pointsOf(samples, pick) },
  ];
  const latencies = [
    { name: 'p50', tone: 'one', points: pointsOf(samples, ({ p50Ms }) => p50Ms) },
    { name: 'p99', tone: 'two', points: pointsOf(samples, ({ p99Ms }) => p99Ms) },
    { name: 'max', tone: 'three', points: pointsOf(samples, ({ maxMs }) => maxMs) },
  ] as const;
  const shared = { endMs: stats.at_ms, ceilingOf: decimalCeiling };

  return (
    <div className="charts">
      <Tile title="Connections" amount={count(sampleOf(stats).connections, 'open')}>
        <p className="tile-note">
          {TRANSPORTS.map(([id, name]) => (
            <span key={id}>
              {name} <b>{count(connections[id]).value}</b>
            </span>
          ))}
        </p>
        <Chart
          label="Connections"
          series={alone((sample) => sample.connections)}
          format={(value) => count(value, 'open')}
          {...shared}
        />
      </Tile>
      {RATES.map(({ title, total, rate, pick }) => (
        <Tile key={title} title={title} amount={perSecond(stats.rates[rate])}>
          <p className="tile-note">
            <span>
              <b>{count(stats.totals[total]).value}</b> {total} since start
            </span>
          </p>
          <Chart label={title} series={alone(pick)} format={perSecond} {...shared} />
        </Tile>
      ))}
      <Tile title="Latency, p99" hint="commit to socket" amount={milliseconds(latency.p99)}>
        <p className="tile-note">
          {quiet ? (
            <span>nothing delivered in the last 10 s</span>
          ) : (
            latencies.map(({ name, tone }) => (
              <span key={name} className={`key tone-${tone}`}>
                {name} {name !== 'p99' && <b>{written(milliseconds(latency[name]))}</b>}
              </span>
            ))
          )}
        </p>
        <Chart
          label="Latency from commit to socket"
          series={latencies}
          format={milliseconds}
          {...shared}
        />
      </Tile>
    </div>
  );
}

interface TileProps {
  title: string;
  hint?: string;
  amount: Quantity;
  children: ReactNode;
}

function Tile({ title, hint, amount, children }: TileProps) {
  return (
    <section className="tile" aria-label={title}>
      <h2>
        {title} {hint !== undefined && <small>{hint}</small>}
      </h2>
      <p className="tile-amount">
        <Amount of={amount} />
      </p>
      {children}
    </section>
  );
}
