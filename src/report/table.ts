export interface Column<Row> {
  readonly title: string;
  /** Text of a cell. */
  readonly cell: (row: Row) => string;
  /** Default `"right"`. */
  readonly align?: "left" | "right";
}

/** Rows as aligned text with a title line and a rule, two spaces between columns, no trailing blanks. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = [columns.map((c) => c.title), ...rows.map((row) => columns.map((c) => c.cell(row)))];
  const widths = columns.map((_, k) => Math.max(...cells.map((line) => line[k].length)));
  const lines = cells.map((line) =>
    line
      .map((text, k) => (columns[k].align === "left" ? text.padEnd(widths[k]) : text.padStart(widths[k])))
      .join("  ")
      .trimEnd(),
  );
  lines.splice(1, 0, "-".repeat(widths.reduce((sum, w) => sum + w + 2, -2)));
  return lines.join("\n");
}
