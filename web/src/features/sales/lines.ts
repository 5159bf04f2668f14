/** What the line editor does with lines: cells, rows from a spreadsheet, what a product fills in. Pure. */
import type { Money, Rec } from "~/api/types";
import { parse, show } from "./decimal";
import type { Line } from "./pricing";

export const COLUMNS = ["description", "quantity", "unit", "unit_price", "discount", "tax_percent"] as const;
export type Column = (typeof COLUMNS)[number];
export const NUMBERS: ReadonlySet<Column> = new Set<Column>(["quantity", "unit_price", "discount", "tax_percent"]);
/** As many as the service takes. */
export const MOST = 200;

/** What a cell shows; a discount in percent with its sign, as an amount without. */
export function cellOf(line: Line, column: Column): string {
  if (column !== "discount") return line[column] ?? "";
  return line.discount_percent ? `${line.discount_percent}%` : line.discount_amount ?? "";
}

/** The line with a cell written anew. Numbers are kept as typed while they are none yet. */
export function withCell(line: Line, column: Column, text: string): Line {
  if (column === "description") return { ...line, description: text, product_id: line.product_id && text ? line.product_id : "" };
  if (column === "unit") return { ...line, unit: text };
  if (column !== "discount") return { ...line, [column]: text === "" ? null : plain(text) };
  const percent = /^(.*)[%％]\s*$/.exec(text);
  return {
    ...line,
    discount_percent: percent ? plain(percent[1] ?? "") : null,
    discount_amount: percent || text === "" ? null : plain(text),
  };
}

/** Without separators and blanks where it is a number; a point that digits are to follow stays. */
function plain(text: string): string {
  const number = /[.．]$/.test(text) ? null : parse(text);
  return number ? show(number) : text;
}

/** What a chosen product says of a line; what was typed into it before stays, as long as it is the same product. */
export function withProduct(line: Line, product: Rec, currency: string): Line {
  const price = product.price as Money | undefined;
  const own = price?.currency_code === currency ? price.amount : undefined;
  return {
    ...line,
    product_id: product.id,
    description: String(product.name ?? ""),
    unit: String(product.unit ?? line.unit ?? ""),
    unit_price: own ?? line.unit_price ?? null,
    tax_percent: (product.tax_rate as string | undefined) ?? line.tax_percent ?? null,
    quantity: line.quantity ?? "1",
  };
}

/** Cells of a spreadsheet put over lines from a place on: new lines are made as needed, at most as many as are taken. */
export function paste(lines: Line[], row: number, column: Column, text: string): Line[] {
  const found = [...lines];
  const from = COLUMNS.indexOf(column);
  text.replace(/\r?\n$/, "").split(/\r?\n/).forEach((written, down) => {
    if (row + down >= MOST) return;
    let line: Line = found[row + down] ?? {};
    written.split("\t").forEach((cell, across) => {
      const name = COLUMNS[from + across];
      if (name) line = withCell(line, name, cell.trim());
    });
    found[row + down] = line;
  });
  return found;
}

export const isBlank = (line: Line): boolean =>
  !line.product_id && COLUMNS.every((column) => cellOf(line, column) === "");

/** What is sent: without blank lines, and without what the service computes. */
export function toSend(lines: Line[]): Line[] {
  return lines.filter((line) => !isBlank(line)).map(({ amount: _a, tax_amount: _t, shipped: _s, reserved: _r, ...line }) => line);
}
