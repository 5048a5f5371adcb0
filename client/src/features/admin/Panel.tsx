import { useId, type ReactNode } from 'react';

interface Props {
  title: string;
  /** Where it stands in the grid. */
  area: string;
  /** A line beside the title. */
  note?: string;
  /** What is said while there is nothing to show. */
  empty?: string | false;
  children: ReactNode;
}

/** A titled part of the lower half; what does not fit is scrolled within it. */
export function Panel({ title, area, note, empty = false, children }: Props) {
  const id = useId();
  return (
    <section className={`panel panel-${area}`} aria-labelledby={id}>
      <div className="panel-title">
        <h2 id={id}>{title}</h2>
        {note !== undefined && <p>{note}</p>}
      </div>
      {empty === false ? (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolls by keyboard
        <div className="panel-body" role="group" aria-labelledby={id} tabIndex={0}>
          {children}
        </div>
      ) : (
        <p className="panel-empty">{empty}</p>
      )}
    </section>
  );
}
