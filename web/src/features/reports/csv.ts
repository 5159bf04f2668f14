import { cell } from "~/features/imports/badRows";
import type { Result } from "./api";
import { cellText, type Reading } from "./cells";

/** A report's table as CSV: numbers plain, so that a spreadsheet can go on calculating. */
export function reportCsv({ columns, rows, totals }: Result, reading: Reading): string {
  const lines = [
    columns.map((column) => reading.label(column.label)),
    ...rows.map(({ values }) => columns.map((column, at) => (column.measure ? (values[at] ?? "") : cellText(column, values[at] ?? "", reading)))),
    ...(totals.values.length ? [columns.map((column, at) => (column.measure ? (totals.values[at] ?? "") : ""))] : []),
  ];
  return "\uFEFF" + lines.map((line) => line.map(cell).join(",")).join("\r\n");
}
