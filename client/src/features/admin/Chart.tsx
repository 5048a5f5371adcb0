import { HEIGHT, paths, WIDTH, type Point } from './plot';
import { WINDOW_MS } from './slice';
import { written, type Quantity } from './units';

export interface Series {
  name: string;
  /** The class that gives it its colour. */
  tone: 'one' | 'two' | 'three';
  points: Point[];
}

interface Props {
  label: string;
  series: readonly [Series, ...Series[]];
  /** The time at the right edge, by the hub's clock. */
  endMs: number;
  format: (value: number) => Quantity;
  /** A round number that is not below the highest value. */
  ceilingOf: (highest: number) => number;
  /** A line alone, without a scale. */
  small?: boolean;
}

/** The last minutes as lines over time; the first series has its area filled. */
export function Chart({ label, series, endMs, format, ceilingOf, small = false }: Props) {
  const values = series.flatMap(({ points }) => points.flatMap(({ value }) => value ?? []));
  const highest = Math.max(0, ...values);
  const ceiling = ceilingOf(highest);
  const frame = { startMs: endMs - WINDOW_MS, endMs, ceiling };
  const drawn = series.map((one) => ({ ...one, ...paths(one.points, frame) }));
  const summary = values.length
    ? `lowest ${written(format(Math.min(...values)))}, highest ${written(format(highest))}`
    : 'nothing measured yet';

  return (
    <div className={small ? 'chart chart-small' : 'chart'}>
      {!small && (
        <span className="chart-ceiling" aria-hidden="true">
          {written(format(ceiling))}
        </span>
      )}
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label} over the last 5 minutes: ${summary}`}
      >
        {!small && <path className="chart-grid" d={`M0 0H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}`} />}
        <path className="chart-base" d={`M0 ${HEIGHT}H${WIDTH}`} />
        {drawn[0] && <path className={`chart-area tone-${drawn[0].tone}`} d={drawn[0].area} />}
        {/* The last one is painted uppermost. */}
        {drawn.toReversed().map(({ name, tone, line }) => (
          <path key={name} className={`chart-line tone-${tone}`} d={line} />
        ))}
      </svg>
      {!small && (
        <span className="chart-axis" aria-hidden="true">
          <span>5 min ago</span>
          <span>now</span>
        </span>
      )}
    </div>
  );
}
