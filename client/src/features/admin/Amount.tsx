import type { Quantity } from './units';

/** A number with its unit set smaller beside it. */
export function Amount({ of: { value, unit } }: { of: Quantity }) {
  return (
    <span className="amount">
      {value}
      {unit !== '' && <span className="unit"> {unit}</span>}
    </span>
  );
}
