/** Reports as the server answers them (guanxi.reporting.v1). */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get, post } from "~/api/client";
import type { Choice, Label } from "~/api/types";

export type ColumnKind = "text" | "integer" | "decimal" | "money" | "percent" | "month" | "choice" | "reference" | "date";

export interface Column {
  name: string;
  label: Label;
  kind: ColumnKind;
  reference: string;
  choices: Choice[];
  measure: boolean;
}

export interface Report {
  id: string;
  label: Label;
  description: Label;
  chart: "bar" | "line" | "pie" | "";
  filters: Column[];
  ranged: boolean;
  groups: Column[];
}

export interface Line {
  values: string[];
  ids: string[];
}

export interface Result {
  columns: Column[];
  rows: Line[];
  totals: Line;
  currency: string;
  as_of?: string;
}

export interface Question {
  from?: string;
  to?: string;
  filter?: string;
  group?: string;
}

const toColumn = (raw: Partial<Column> & { name: string }): Column => ({
  reference: "", measure: false, ...raw,
  kind: raw.kind ?? "text", label: raw.label ?? { zh: raw.name, en: raw.name }, choices: raw.choices ?? [],
});

/** Rows come as {values, ids}, or as plain lists of values. */
const toLine = (raw: Partial<Line> | string[] | null | undefined): Line =>
  Array.isArray(raw) ? { values: raw.map(String), ids: [] } : { values: (raw?.values ?? []).map(String), ids: raw?.ids ?? [] };

export const reportsQuery = queryOptions({
  queryKey: ["reports"],
  queryFn: async ({ signal }) => {
    const answer = await get<{ reports?: Report[] }>("/reports", {}, signal);
    return (answer.reports ?? []).map((report) => ({
      ...report,
      filters: (report.filters ?? []).map(toColumn),
      groups: (report.groups ?? []).map(toColumn),
    }));
  },
  staleTime: 300_000,
});

const FILLING_MS = 3_000;
const JUST_NOW_MS = 60_000;

/** Figures follow the records by a moment: right after a change, or an import, more may be on its way. */
export function isFilling(result: Result | undefined): boolean {
  return Boolean(result?.as_of) && Date.now() - Date.parse(result?.as_of ?? "") < JUST_NOW_MS;
}

export const reportQuery = (id: string, question: Question) =>
  queryOptions({
    queryKey: ["report", id, question],
    queryFn: async (): Promise<Result> => {
      const body = Object.fromEntries(Object.entries(question).filter(([, value]) => value));
      const answer = await post<Result>(`/reports/${id}:run`, body);
      return {
        ...answer,
        columns: (answer.columns ?? []).map(toColumn),
        rows: (answer.rows ?? []).map(toLine),
        totals: toLine(answer.totals),
      };
    },
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (isFilling(state.data) ? FILLING_MS : false),
  });
