/** Imports: what the server says of them and what can be asked of it (guanxi.imports.v1). */
import { queryOptions } from "@tanstack/react-query";
import { api, get, post } from "~/api/client";

export type State =
  | "mapping" | "validating" | "validated" | "running" | "done" | "cancelled" | "undoing" | "undone" | "failed";

export interface FileFormat {
  kind: string;
  encoding: string;
  delimiter: string;
  sheet: string;
  sheets: string[];
  header: boolean;
}

export interface Column {
  index: number;
  header: string;
  samples: string[];
}

export interface Mapping {
  column: number;
  field: string;
  constant: string;
  factor: string;
  create_missing: boolean;
}

export interface Counts {
  rows: number;
  valid: number;
  invalid: number;
  created: number;
  updated: number;
  unchanged: number;
  skipped: number;
  conflicts: number;
}

export interface Import {
  id: string;
  module: string;
  file_name: string;
  file_id: string;
  state: State;
  format: FileFormat;
  columns: Column[];
  mappings: Mapping[];
  mode: "create" | "update" | "upsert";
  keys: string[];
  counts: Counts;
  done: number;
  total: number;
  rate: number;
  error: string;
  create_time?: string;
  end_time?: string;
  created_by: string;
}

export interface Issue {
  field: string;
  code: string;
  value: string;
  count: number;
  suggestion: string;
  rows: number[];
  message: string;
}

export interface Row {
  number: number;
  values: Record<string, string>;
  issues: Issue[];
}

export interface Repair {
  field: string;
  value?: string;
  row?: number;
  replacement?: string;
  skip?: boolean;
}

/** 64-bit numbers may come as texts. */
const numbers = (counts: Partial<Record<keyof Counts, string | number>> | undefined): Counts => {
  const of = (name: keyof Counts): number => Number(counts?.[name] ?? 0);
  return {
    rows: of("rows"), valid: of("valid"), invalid: of("invalid"), created: of("created"), updated: of("updated"),
    unchanged: of("unchanged"), skipped: of("skipped"), conflicts: of("conflicts"),
  };
};

export function toImport(raw: Import): Import {
  return {
    ...raw,
    format: { ...raw.format, sheets: raw.format?.sheets ?? [] },
    columns: (raw.columns ?? []).map((column) => ({ ...column, index: column.index ?? 0, samples: column.samples ?? [] })),
    mappings: (raw.mappings ?? []).map((one) => ({ ...one, column: one.column ?? 0 })),
    keys: raw.keys ?? [],
    counts: numbers(raw.counts),
    done: Number(raw.done ?? 0),
    total: Number(raw.total ?? 0),
    rate: Number(raw.rate ?? 0),
  };
}

const POLL_MS = 700;

export function isWorking(state: State | undefined): boolean {
  return state === "validating" || state === "running" || state === "undoing";
}

/** The import, polled while the server works on it. */
export const importQuery = (id: string) =>
  queryOptions({
    queryKey: ["imports", "one", id],
    queryFn: async ({ signal }) => toImport(await get<Import>(`/imports/${id}`, {}, signal)),
    staleTime: 0,
    refetchInterval: (query) => (isWorking(query.state.data?.state) ? POLL_MS : false),
  });

export const importsQuery = queryOptions({
  queryKey: ["imports", "list"],
  queryFn: async ({ signal }) => {
    const answer = await get<{ imports?: Import[] }>("/imports", { page_size: 100 }, signal);
    return (answer.imports ?? []).map(toImport);
  },
  refetchInterval: (query) => (query.state.data?.some((one) => isWorking(one.state)) ? 2_000 : false),
});

/** All groups of problems of the validated version of an import. */
export const issuesQuery = (job: Import) =>
  queryOptions({
    queryKey: ["imports", "issues", job.id, job.counts.invalid, job.state],
    queryFn: async ({ signal }) => {
      const answer = await get<{ issues?: Issue[]; next_page_token?: string }>(`/imports/${job.id}/issues`, { page_size: 100 }, signal);
      const issues = (answer.issues ?? []).map((issue) => ({ ...issue, count: Number(issue.count), rows: (issue.rows ?? []).map(Number) }));
      return { issues, more: Boolean(answer.next_page_token) };
    },
    enabled: job.state === "validated" || job.state === "done",
  });

export interface RowsQuery {
  field?: string;
  code?: string;
  value?: string;
  token?: string;
}

export const rowsQuery = (job: Import, query: RowsQuery) =>
  queryOptions({
    queryKey: ["imports", "rows", job.id, query, job.counts.invalid],
    queryFn: async ({ signal }) => {
      const answer = await get<{ rows?: Row[]; next_page_token?: string }>(`/imports/${job.id}/rows`, {
        field: query.field, code: query.code, value: query.value, page_token: query.token, invalid_only: true, page_size: 50,
      }, signal);
      const rows = (answer.rows ?? []).map((row) => ({ ...row, number: Number(row.number), values: row.values ?? {}, issues: row.issues ?? [] }));
      return { rows, next: answer.next_page_token ?? "" };
    },
  });

export async function upload(module: string, file: File): Promise<Import> {
  const form = new FormData();
  form.append("module", module);
  form.append("file", file, file.name);
  return toImport(await api<Import>("POST", "/imports", { body: form, headers: { "Idempotency-Key": crypto.randomUUID() } }));
}

export type Settings = Partial<Pick<Import, "format" | "mappings" | "mode" | "keys">>;

export const updateImport = async (id: string, settings: Settings): Promise<Import> =>
  toImport(await api<Import>("PATCH", `/imports/${id}`, { body: settings }));

export const act = async (id: string, verb: "validate" | "run" | "cancel" | "undo"): Promise<Import> =>
  toImport(await post<Import>(`/imports/${id}:${verb}`, {}, { "Idempotency-Key": crypto.randomUUID() }));

export const repair = async (id: string, repairs: Repair[]): Promise<Import> =>
  toImport(await post<Import>(`/imports/${id}:repair`, { repairs }, { "Idempotency-Key": crypto.randomUUID() }));
