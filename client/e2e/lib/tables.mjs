const cellsOf = (line) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** The tables of a Markdown page, by the `##` title above them: row → column → cell. */
export function readTables(markdown) {
  const tables = {};
  for (const section of markdown.split(/^## /m).slice(1)) {
    const [title, ...lines] = section.split('\n');
    const [head, , ...rows] = lines.filter((line) => line.startsWith('|')).map(cellsOf);
    if (!head) continue;
    const [, ...columns] = head;
    const table = rows.map(([name, ...cells]) => [
      name,
      Object.fromEntries(columns.map((column, at) => [column, cells[at]])),
    ]);
    tables[title] = Object.fromEntries(table);
  }
  return tables;
}
