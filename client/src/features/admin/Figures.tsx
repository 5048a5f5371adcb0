import { Amount } from './Amount';
import { Chart, type Series } from './Chart';
import { coreNames } from './health';
import type { HubStats } from './contract';
import { binaryCeiling, decimalCeiling } from './plot';
import { pointsOf, sampleOf, type Sample } from './slice';
import { bytes, count, perSecond, type Quantity } from './units';

interface Figure {
  title: string;
  pick: (sample: Sample) => number;
  format: (value: number) => Quantity;
  ceilingOf?: (highest: number) => number;
}

const FIGURES: Figure[] = [
  { title: 'Users', pick: ({ users }) => users, format: (value) => count(value, 'online') },
  { title: 'Rooms', pick: ({ rooms }) => rooms, format: (value) => count(value, 'live') },
  { title: 'Connects', pick: ({ connectsPerS }) => connectsPerS, format: perSecond },
  { title: 'Disconnects', pick: ({ disconnectsPerS }) => disconnectsPerS, format: perSecond },
  { title: 'Commands', pick: ({ commandsPerS }) => commandsPerS, format: perSecond },
  {
    title: 'Outbound queue',
    pick: ({ queueBytes }) => queueBytes,
    format: bytes,
    ceilingOf: binaryCeiling,
  },
  {
    title: 'Token checks',
    pick: ({ tokenChecks }) => tokenChecks,
    format: (value) => count(value, 'in flight'),
  },
];

interface Props {
  stats: HubStats;
  samples: readonly Sample[];
}

/** The numbers of the second row, each with a small line. */
export function Figures({ stats, samples }: Props) {
  const cores = coreNames(stats).length;
  const latest = sampleOf(stats);
  const figures: Figure[] = [
    ...FIGURES,
    {
      title: 'Cores',
      pick: ({ coresConnected }) => coresConnected,
      format: (value) => count(value, `of ${cores} up`),
    },
  ];
  const missing = cores === 0 || latest.coresConnected < cores;

  return (
    <ul className="figures">
      {figures.map(({ title, pick, format, ceilingOf = decimalCeiling }) => {
        const series: [Series] = [{ name: title, tone: 'one', points: pointsOf(samples, pick) }];
        return (
          <li key={title} className="figure" data-bad={title === 'Cores' && missing}>
            <h2>{title}</h2>
            <p className="figure-amount">
              <Amount of={format(pick(latest))} />
            </p>
            <Chart
              label={title}
              series={series}
              endMs={latest.atMs}
              format={format}
              ceilingOf={ceilingOf}
              small
            />
          </li>
        );
      })}
    </ul>
  );
}
