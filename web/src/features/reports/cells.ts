/** Values of a report in words. Pure but for the formats handed in. */
import type { Label } from "~/api/types";
import { choiceOf, type Format } from "~/ui/format";
import type { Column } from "./api";

export interface Reading {
  format: Format;
  label: (label: Label) => string;
  currency: string;
  /** For an empty dimension. */
  none: string;
}

export function cellText(column: Column, value: string, { format, label, currency, none }: Reading): string {
  if (value === "") return column.measure ? "" : none;
  switch (column.kind) {
    case "money": return format.money(value, currency || undefined);
    case "integer": return format.integer(value);
    case "decimal": return format.number(value);
    case "percent": return format.percent(value);
    case "month": return format.month(value);
    case "date": return format.date(value);
    case "choice": {
      const choice = choiceOf(column.choices, value);
      return choice ? label(choice.label) : value;
    }
    default: return value;
  }
}

/** What a chart draws: the first dimension against the first measure, which is what the report is about. */
export function axes(columns: Column[]): { dimension: number; measure: number } | null {
  const dimension = columns.findIndex((column) => !column.measure);
  const measure = columns.findIndex((column) => column.measure);
  return dimension >= 0 && measure >= 0 ? { dimension, measure } : null;
}
