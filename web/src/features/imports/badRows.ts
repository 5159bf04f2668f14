/** Rows with problems as a CSV file, to be corrected elsewhere and imported again. */
import { get } from "~/api/client";
import type { Import, Row } from "./api";

/** Excel reads UTF-8 only after a byte order mark. */
const MARK = "\uFEFF";

/** A cell for CSV: quoted where needed, and never read as a formula by a spreadsheet. */
export function cell(value: string): string {
  const harmless = /^[=@\t\r]|^[+-](?![\d.,\s]*$)/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

export function toCsv(job: Import, rows: Row[], problem: string): string {
  const mapped = job.mappings.filter((one) => one.field && one.column >= 0);
  const headers = mapped.map((one) => job.columns.find(({ index }) => index === one.column)?.header || one.field);
  const lines = rows.map((row) => [
    ...mapped.map((one) => row.values[one.field] ?? ""),
    row.issues.map((issue) => issue.message).join("; "),
  ]);
  return MARK + [[...headers, problem], ...lines].map((line) => line.map(cell).join(",")).join("\r\n");
}

export async function badRowsFile(job: Import, problem: string): Promise<Blob> {
  const rows: Row[] = [];
  let token = "";
  do {
    const page = await get<{ rows?: Row[]; next_page_token?: string }>(`/imports/${job.id}/rows`, { invalid_only: true, page_size: 200, page_token: token });
    rows.push(...(page.rows ?? []).map((row) => ({ ...row, values: row.values ?? {}, issues: row.issues ?? [] })));
    token = page.next_page_token ?? "";
  } while (token);
  return new Blob([toCsv(job, rows, problem)], { type: "text/csv;charset=utf-8" });
}
