import type { ReactNode } from 'react';

type Column = string | { title: string; className: string };

/** Rows under their titles. */
export function Table({ columns, children }: { columns: readonly Column[]; children: ReactNode }) {
  return (
    <table>
      <thead>
        <tr>
          {columns.map((column) => {
            const { title, className } =
              typeof column === 'string' ? { title: column, className: undefined } : column;
            return (
              <th key={title} scope="col" className={className}>
                {title}
              </th>
            );
          })}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
